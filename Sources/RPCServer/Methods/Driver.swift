import Wire

/// One of the long-lived tasks that run unary handlers. Confined to its loop.
final class Driver: @unchecked Sendable {
  // @unchecked: confined to its loop.
  /// A call for it to run.
  struct Next {
    let call: ServerCall
    /// Where the transport has the request, until the driver that takes it first suspends. Nil: the
    /// call keeps it (`ServerCall.partial`).
    let request: UnsafeRawBufferPointer?
  }

  /// What it runs before it looks at the line.
  @exclusivity(unchecked) var next: Next?
  @exclusivity(unchecked) private(set) var task: Task<Void, Never>?
  @exclusivity(unchecked) var continuation: UnsafeContinuation<Void, Never>?
  /// Its task was cancelled with a call, which cannot be undone, or another task kept its scope:
  /// the driver ends after this call.
  @exclusivity(unchecked) private(set) var isSpent = false
  // unsafe: the task's own storage holds the scope, from before the task runs until it has ended.
  @exclusivity(unchecked) private var scope: Unmanaged<DriverScope>

  /// Starts the task.
  ///
  /// The scope is bound here rather than in the task, so that the task's storage holds the only
  /// reference to it: binding it once costs less than once a call, and `endCall` can tell when
  /// somebody else holds it too.
  init(next: Next?, start: (Driver) -> Task<Void, Never>) {
    self.next = next
    let scope = DriverScope()
    self.scope = Unmanaged.passUnretained(scope)
    task = CallScope.$source.withValue(scope) { start(self) }
  }

  func takeNext() -> Next? { next.take() }

  func wake() {
    let waiting = continuation
    continuation = nil
    waiting?.resume()
  }

  func cancel() {
    isSpent = true
    task?.cancel()
  }

  /// What the handler's tasks know of their call from here on. By the driver's task.
  func beginCall(_ call: ServerCall) {
    scope._withUnsafeGuaranteedRef { $0.call = call }
  }

  /// The handler has ended, and with it its child tasks. A task that it left behind keeps the scope
  /// that it was made in, and the driver gives it up: it must not learn of the next call.
  func endCall() {
    guard isScopeUnshared else {
      isSpent = true
      return
    }
    scope._withUnsafeGuaranteedRef { $0.call = nil }
  }

  /// The call that it runs.
  var call: ServerCall? { scope._withUnsafeGuaranteedRef { $0.call } }

  private var isScopeUnshared: Bool {
    // unsafe: an unmanaged reference has the layout of a strong one, and only its count is read.
    withUnsafeMutablePointer(to: &scope) { pointer in
      pointer.withMemoryRebound(to: DriverScope.self, capacity: 1) {
        isKnownUniquelyReferenced(&$0.pointee)
      }
    }
  }
}

/// The call that a driver runs, as its handler's own calls see it.
final class DriverScope: CallScopeSource, @unchecked Sendable {
  // @unchecked: written by the driver only while nobody else holds it.
  @exclusivity(unchecked) fileprivate var call: ServerCall?

  var callScope: CallScope? { call?.callScope }
}
