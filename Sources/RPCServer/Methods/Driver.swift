package import Messages
import Wire

/// One of the long-lived tasks that run unary handlers, and the calls that it has. Confined to its
/// loop.
@usableFromInline
final class Driver: @unchecked Sendable {
  // @unchecked: confined to its loop.
  /// A call for a driver to run.
  struct Next {
    // unsafe: retained for the line that it stands in.
    let call: Unmanaged<ServerCall>
    /// Where the transport has the request, until the driver that takes it first suspends. Nil: the
    /// call keeps it (`ServerCall.partial`).
    let request: UnsafeRawBufferPointer?
  }

  /// The loop's, for the requests.
  @usableFromInline let arena: Arena
  // unsafe: the pool holds its drivers until they have ended.
  private let pool: Unmanaged<DriverPool>
  @exclusivity(unchecked) private(set) var task: Task<Void, Never>?
  @exclusivity(unchecked) var continuation: UnsafeContinuation<Void, Never>?
  /// Its task was cancelled with a call, which cannot be undone, or another task kept its scope:
  /// the driver ends after this call.
  @exclusivity(unchecked) private(set) var isSpent = false
  /// A call that it runs before it looks at the line.
  @exclusivity(unchecked) private var held: Next?
  // unsafe: retained by the driver.
  /// The call that it runs, or ran last.
  @exclusivity(unchecked) private var current: Unmanaged<ServerCall>?
  @exclusivity(unchecked) private var request: UnsafeRawBufferPointer?
  // unsafe: the loop keeps its runners as long as it lives. Of `current`.
  @exclusivity(unchecked) private var runner: Unmanaged<MethodRunner>?
  /// `current` waits to be taken by the runner's body.
  @exclusivity(unchecked) private var isReady = false
  // unsafe: the task's own storage holds the scope, from before the task runs until it has ended.
  @exclusivity(unchecked) private var scope: Unmanaged<DriverScope>

  /// Starts the task.
  ///
  /// The scope is bound here rather than in the task, so that the task's storage holds the only
  /// reference to it: binding it once costs less than once a call, and `endCall` can tell when
  /// somebody else holds it too.
  init(held: Next?, pool: DriverPool, start: (Driver) -> Task<Void, Never>) {
    self.held = held
    self.pool = .passUnretained(pool)
    arena = pool.arena
    let scope = DriverScope()
    self.scope = Unmanaged.passUnretained(scope)
    task = CallScope.$source.withValue(scope) { start(self) }
  }

  deinit {
    held?.call.release()
    current?.release()
  }

  func wake() {
    let waiting = continuation
    continuation = nil
    waiting?.resume()
  }

  func cancel() {
    isSpent = true
    task?.cancel()
  }

  /// The call that it runs and has not answered. A driver that ends has none: its scope may have
  /// gone with its task.
  var running: ServerCall? {
    isSpent ? nil : scope._withUnsafeGuaranteedRef { $0.running }
  }

  // MARK: The task's loop

  /// Begins the next call of whatever method; false: there is none for it.
  func takeAny() -> Bool {
    recycle()
    while let next = takeNext(of: nil) {
      guard begin(next) else { continue }
      isReady = true
      return true
    }
    return false
  }

  /// Whether an interceptor has to wait before the call that `takeAny` began is let in.
  var awaitsAdmission: Bool {
    current?._withUnsafeGuaranteedRef { $0.pendingAdmission != nil } ?? false
  }

  /// Waits for what the interceptors wait for. A call that is rejected is over with that.
  func finishAdmission() async {
    guard let call = current?.takeUnretainedValue() else { return }
    do throws(RPCStatus) {
      try await call.server.finishAdmission(call)
    } catch {
      isReady = false
      call.fail(error)
      end(call)
    }
  }

  /// What runs the call that `takeAny` began, and goes on with others of its method; nil: it was
  /// rejected.
  var bodyOfReady: UnaryRunner.Body? {
    isReady ? current?._withUnsafeGuaranteedRef { $0.withUnaryRunner { $0.body } } : nil
  }

  // MARK: The body's loop

  /// The next call of the same method, if one is ready to be run. The body calls `end` for each.
  @usableFromInline
  func next() -> CallContext? {
    if isReady {
      isReady = false
      return current.map { CallContext($0.takeUnretainedValue()) }
    }
    recycle()
    while let next = takeNext(of: runner) {
      if begin(next) { return CallContext(next.call.takeUnretainedValue()) }
    }
    return nil
  }

  /// Where the request of the call that `next` returned lies, until the body suspends; nil: the
  /// call keeps it.
  @usableFromInline
  var lentRequest: UnsafeRawBufferPointer? { request }

  /// The handler of a call has ended and the call was answered.
  @usableFromInline
  func end(_ context: CallContext) { end(context.call) }

  private func end(_ call: ServerCall) {
    call.work = .none
    endScope()
    guard let next = call.withUnaryRunner({ $0.ended() }) else { return }
    if isSpent { pool._withUnsafeGuaranteedRef { _ = $0.start(next) } } else { held = next }
  }

  // MARK: A call's way through

  private func takeNext(of runner: Unmanaged<MethodRunner>?) -> Next? {
    guard !isSpent else { return nil }
    if let next = held {
      // One that is not let in yet is not the body's to run: its admission comes first.
      if runner != nil, next.call._withUnsafeGuaranteedRef({ $0.pendingAdmission != nil }) {
        return nil
      }
      held = nil
      return next
    }
    return pool._withUnsafeGuaranteedRef { $0.takeFirst(of: runner) }
  }

  /// False: it was reset, or passed its deadline, while it waited.
  private func begin(_ next: Next) -> Bool {
    let isWaiting = next.call._withUnsafeGuaranteedRef { call in
      guard call.phase == .queued else {
        held = call.withUnaryRunner { $0.ended() }
        return false
      }
      call.phase = .running
      call.work = .driver(.passUnretained(self))
      runner = call.runnerReference
      return true
    }
    guard isWaiting else {
      next.call.release()
      return false
    }
    // What the handler's tasks know of their call from here on.
    scope._withUnsafeGuaranteedRef { $0.begin(next.call) }
    request = next.request
    current = next.call
    return true
  }

  /// The last call is used again if nobody else has kept it. Right behind its end: until then its
  /// connection is there.
  func recycle() {
    guard let call = current else { return }
    current = nil
    let isShared = !Self.isUnshared(call)
    pool._withUnsafeGuaranteedRef { $0.recycle(owning: call, isShared: isShared) }
  }

  /// The handler has ended, and with it its child tasks. A task that it left behind keeps the scope
  /// that it was made in, and the driver gives it up: it must not learn of the next call.
  private func endScope() {
    guard Self.isUnshared(scope) else {
      isSpent = true
      scope._withUnsafeGuaranteedRef { $0.keep() }
      return
    }
    scope._withUnsafeGuaranteedRef { $0.end() }
  }

  private static func isUnshared<Object: AnyObject>(_ reference: Unmanaged<Object>) -> Bool {
    var reference = reference
    // unsafe: an unmanaged reference has the layout of a strong one, and only its count is read.
    return withUnsafeMutablePointer(to: &reference) { pointer in
      pointer.withMemoryRebound(to: Object.self, capacity: 1) {
        isKnownUniquelyReferenced(&$0.pointee)
      }
    }
  }
}

/// The call that a driver runs, as its handler's own calls see it.
final class DriverScope: CallScopeSource, @unchecked Sendable {
  // @unchecked: written by the driver only while nobody else holds it, but for `kept`, which only
  // the driver touches.
  // unsafe: the driver holds its call, and `kept` does from when it goes on without the scope.
  @exclusivity(unchecked) private var call: Unmanaged<ServerCall>?
  @exclusivity(unchecked) private var kept: ServerCall?

  var running: ServerCall? { call?.takeUnretainedValue() }

  var callScope: CallScope? { call?._withUnsafeGuaranteedRef { $0.callScope } }

  fileprivate func begin(_ call: Unmanaged<ServerCall>) { self.call = call }

  fileprivate func end() { call = nil }

  fileprivate func keep() { kept = running }
}
