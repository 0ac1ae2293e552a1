/// One of the long-lived tasks that run unary handlers. Confined to its loop.
final class Driver: @unchecked Sendable {
  // @unchecked: confined to its loop.
  /// A call for it to run.
  struct Next {
    let call: ServerCall
    let request: RequestBytes
    let runner: UnaryRunner
  }

  var task: Task<Void, Never>?
  var continuation: UnsafeContinuation<Void, Never>?
  var next: Next?
  /// Its task was cancelled with a call. A task cannot be un-cancelled, so the driver ends after
  /// it.
  private(set) var isCancelled = false

  func takeNext() -> Next? { next.take() }

  func wake() {
    let waiting = continuation
    continuation = nil
    waiting?.resume()
  }

  func cancel() {
    isCancelled = true
    task?.cancel()
  }
}
