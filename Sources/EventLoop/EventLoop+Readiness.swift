extension EventLoop {
  /// Waits until a descriptor is ready, once, on this loop. False: not within `limit`, or the task
  /// was cancelled. For C libraries that say what they wait for while they connect.
  package func waitUntilReady(
    _ descriptor: Int32, for interest: Interest, within limit: Duration
  ) async -> Bool {
    let wait = ReadinessWait(loop: self)
    return await withTaskCancellationHandler {
      await withUnsafeContinuation { wait.begin(descriptor, interest, limit, $0) }
    } onCancel: {
      execute { wait.end(false) }
    }
  }
}

/// One such wait: ends once, by readiness, time or cancellation.
private final class ReadinessWait: ReadinessHandler, @unchecked Sendable {
  // @unchecked: every member is touched on the loop only.
  private let loop: EventLoop
  private var registration: Registration?
  private var timer: TimerID?
  private var continuation: UnsafeContinuation<Bool, Never>?

  init(loop: EventLoop) { self.loop = loop }

  func begin(
    _ descriptor: Int32, _ interest: Interest, _ limit: Duration,
    _ continuation: UnsafeContinuation<Bool, Never>
  ) {
    loop.assertCurrent()
    guard !Task.isCancelled,
      let registration = try? loop.register(descriptor, interest: interest, handler: self)
    else { return continuation.resume(returning: false) }
    self.registration = registration
    self.continuation = continuation
    timer = loop.schedule(after: limit) { self.end(false) }
  }

  func ready(_ readiness: Readiness) { end(true) }

  func end(_ isReady: Bool) {
    guard let continuation else { return }
    self.continuation = nil
    if let registration { loop.deregister(registration) }
    if let timer { loop.cancel(timer) }
    continuation.resume(returning: isReady)
  }
}
