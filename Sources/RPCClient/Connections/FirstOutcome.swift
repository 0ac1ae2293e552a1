import Wire

/// Somebody who waits for the channel's first connection. Confined to the channel's loop once
/// `run` has handed it over; resumes once.
final class FirstOutcome: @unchecked Sendable {
  // @unchecked: `continuation` is set before the loop sees it, and then touched on the loop only.
  private var continuation: UnsafeContinuation<RPCStatus?, Never>?
  private var isCancelled = false

  /// Nil: there is a connection.
  func run(_ core: ChannelCore) async -> RPCStatus? {
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        self.continuation = continuation
        core.onLoop { self.isCancelled ? core.forget(self) : core.tell(self) }
      }
    } onCancel: {
      core.onLoop {
        self.isCancelled = true
        core.forget(self)
      }
    }
  }

  func resume(_ status: RPCStatus?) {
    let waiting = continuation
    continuation = nil
    waiting?.resume(returning: status)
  }
}
