internal import Messages
internal import Synchronization

/// What is known of the server's health: set by whoever probes its parts, read by health checks.
package final class HealthMonitor: Sendable {
  /// One part of the server. Only a part that calls cannot do without makes the server not serving.
  package struct Component: Sendable, Equatable {
    package let name: String
    package let isServing: Bool
    package let isRequired: Bool
    package let detail: String

    package init(name: String, isServing: Bool, isRequired: Bool, detail: String = "") {
      self.name = name
      self.isServing = isServing
      self.isRequired = isRequired
      self.detail = detail
    }
  }

  private struct State {
    var components: [Component] = []
    var isDraining = false
    var watchers: [UInt64: AsyncStream<Void>.Continuation] = [:]
    var nextWatcher: UInt64 = 0
  }

  private let state = Mutex(State())

  package init() {}

  /// Replaces what is known; watchers hear of it if it differs.
  package func update(_ components: [Component]) {
    change { $0.components = components }
  }

  /// From now on the server says that it does not serve.
  package func beginDraining() {
    change { $0.isDraining = true }
  }

  private func change(_ body: (inout State) -> Void) {
    let watchers = state.withLock { state -> [AsyncStream<Void>.Continuation] in
      let before = Self.response(state)
      body(&state)
      return Self.response(state) == before ? [] : Array(state.watchers.values)
    }
    for watcher in watchers { watcher.yield() }
  }

  var response: HealthCheckResponse { state.withLock { Self.response($0) } }

  private static func response(_ state: borrowing State) -> HealthCheckResponse {
    let serves =
      !state.isDraining && !state.components.isEmpty
      && state.components.allSatisfy { $0.isServing || !$0.isRequired }
    return HealthCheckResponse(
      status: serves ? .serving : .notServing,
      components: state.components.map { component in
        HealthCheckResponse.Component(
          name: component.name, status: component.isServing ? .serving : .notServing,
          detail: component.detail)
      })
  }

  /// An element whenever something changed; several changes may be one element.
  func changes() -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    let id = state.withLock { state in
      state.nextWatcher += 1
      state.watchers[state.nextWatcher] = continuation
      return state.nextWatcher
    }
    continuation.onTermination = { [weak self] _ in
      self?.state.withLock { _ = $0.watchers.removeValue(forKey: id) }
    }
    return stream
  }
}
