internal import CLinux
internal import Glibc

/// Signals that ask a process to end.
package enum ProcessSignals {
  /// Returns once the process got one of `signals` since the first wait for it, or the task is
  /// cancelled. They no longer end the process. On the loop.
  package static func wait(for signals: [Int32], on loop: EventLoop) async throws(EventLoopError) {
    loop.assertCurrent()
    let descriptor = berth_signal_descriptor(signals, Int32(signals.count))
    guard descriptor >= 0 else { throw .last("eventfd") }
    let waiter = SignalWaiter(loop: loop)
    let registration: Registration
    do throws(EventLoopError) {
      registration = try loop.register(descriptor, interest: .read, handler: waiter)
    } catch {
      close(descriptor)
      throw error
    }
    await withTaskCancellationHandler {
      await withUnsafeContinuation { waiter.begin($0) }
    } onCancel: {
      loop.execute { waiter.wake() }
    }
    loop.deregister(registration)
    close(descriptor)
  }
}

/// Resumes one task, once. Confined to its loop.
private final class SignalWaiter: ReadinessHandler, @unchecked Sendable {
  // @unchecked: confined to its loop.
  private enum State {
    case initial
    case waiting(UnsafeContinuation<Void, Never>)
    case woken
  }

  private let loop: EventLoop
  private var state = State.initial

  init(loop: EventLoop) { self.loop = loop }

  func begin(_ continuation: UnsafeContinuation<Void, Never>) {
    if case .woken = state { return continuation.resume() }
    state = .waiting(continuation)
  }

  func ready(_ readiness: Readiness) { wake() }

  func wake() {
    let waiting = state
    state = .woken
    if case .waiting(let continuation) = waiting { continuation.resume() }
  }
}
