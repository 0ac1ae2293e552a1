internal import EventLoop

/// Waits until a descriptor is ready, once. Confined to its loop but for cancellation, which hops.
final class ReadinessWait: ReadinessHandler, @unchecked Sendable {
  // @unchecked: every member is touched on the loop only.
  private let loop: EventLoop
  private var registration: Registration?
  private var timer: TimerID?
  private var continuation: UnsafeContinuation<Bool, Never>?

  private init(loop: EventLoop) { self.loop = loop }

  /// Whether the descriptor became ready within `limit`; false also when the task is cancelled.
  static func until(
    _ descriptor: Int32, _ interest: Interest, within limit: Duration, on loop: EventLoop
  ) async -> Bool {
    let wait = ReadinessWait(loop: loop)
    return await withTaskCancellationHandler {
      await withUnsafeContinuation { wait.begin(descriptor, interest, limit, $0) }
    } onCancel: {
      loop.execute { wait.end(false) }
    }
  }

  private func begin(
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

  private func end(_ isReady: Bool) {
    guard let continuation else { return }
    self.continuation = nil
    if let registration { loop.deregister(registration) }
    if let timer { loop.cancel(timer) }
    continuation.resume(returning: isReady)
  }
}
