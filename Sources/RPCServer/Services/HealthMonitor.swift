internal import Messages
internal import Synchronization

/// What is known of the server's health: set by whoever probes its parts, read by health checks.
/// A server that ends sets it to not serving by itself.
public final class HealthMonitor: Sendable {
  /// One part of the server. Only a part that calls cannot do without makes the server not serving.
  public struct Component: Sendable, Equatable {
    public let name: String
    public let isServing: Bool
    public let isRequired: Bool
    public let detail: String

    public init(name: String, isServing: Bool, isRequired: Bool, detail: String = "") {
      self.name = name
      self.isServing = isServing
      self.isRequired = isRequired
      self.detail = detail
    }
  }

  private struct State {
    var isServing: Bool
    var components: [Component] = []
    /// What was said of single services.
    var services: [String: Bool] = [:]
    var isDraining = false
    var watchers: [UInt64: AsyncStream<Void>.Continuation] = [:]
    var nextWatcher: UInt64 = 0
  }

  private let state: Mutex<State>

  /// - Parameter isServing: what is said of the server as long as no component is known.
  public init(isServing: Bool = true) { state = Mutex(State(isServing: isServing)) }

  /// Replaces what is known of the server's parts.
  public func update(_ components: [Component]) {
    change { state in
      defer { state.components = components }
      return state.components != components
    }
  }

  /// Says of one service whether it serves, whatever the server's parts do; nil: as the server.
  public func set(_ service: String, isServing: Bool?) {
    change { state in
      defer { state.services[service] = isServing }
      return state.services[service] != isServing
    }
  }

  /// From now on nothing serves.
  public func beginDraining() {
    change { state in
      defer { state.isDraining = true }
      return !state.isDraining
    }
  }

  var isDraining: Bool { state.withLock { $0.isDraining } }

  private func change(_ body: (inout State) -> Bool) {
    let watchers = state.withLock { state -> [AsyncStream<Void>.Continuation] in
      body(&state) ? Array(state.watchers.values) : []
    }
    for watcher in watchers { watcher.yield() }
  }

  /// What is said of a service, or of the server by "".
  ///
  /// - Parameter isKnown: the server has the service; one that was set is known too.
  /// - Returns: nil where it is not known.
  func response(for service: String, isKnown: Bool) -> HealthCheckResponse? {
    state.withLock { state in
      let own = state.services[service]
      guard isKnown || own != nil || service.isEmpty else { return nil }
      let whole =
        state.components.isEmpty
        ? state.isServing : state.components.allSatisfy { $0.isServing || !$0.isRequired }
      return HealthCheckResponse(
        status: !state.isDraining && (own ?? whole) ? .serving : .notServing,
        components: service.isEmpty ? state.components.map(\.message) : [])
    }
  }

  /// An element whenever something changed, or was yielded; several may be one element.
  func changes() -> (changes: AsyncStream<Void>, wake: AsyncStream<Void>.Continuation) {
    let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    let id = state.withLock { state in
      state.nextWatcher += 1
      state.watchers[state.nextWatcher] = continuation
      return state.nextWatcher
    }
    continuation.onTermination = { [weak self] _ in
      self?.state.withLock { _ = $0.watchers.removeValue(forKey: id) }
    }
    return (stream, continuation)
  }
}

extension HealthMonitor.Component {
  fileprivate var message: HealthCheckResponse.Component {
    HealthCheckResponse.Component(
      name: name, status: isServing ? .serving : .notServing, detail: detail)
  }
}
