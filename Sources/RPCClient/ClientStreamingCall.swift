public import Messages
public import Wire

/// A call that streams requests and gets one response. Letting it go cancels it.
public struct ClientStreamingCall<Request: Message, Response: Message>: Sendable {
  private let call: StreamingCall<Request, Response>
  private let owner: StreamOwner<Response>

  init(call: StreamingCall<Request, Response>, owner: StreamOwner<Response>) {
    self.call = call
    self.owner = owner
  }

  /// Sends one message; suspends while the server takes no more. Throws the call's status once it
  /// is over, CANCELLED when the task is.
  public func send(_ message: Request) async throws(RPCStatus) {
    try await call.send(message, id: owner.nextSend())
  }

  /// Nothing follows: returns the server's response. Once.
  public func finish() async throws(RPCStatus) -> Response {
    let (call, owner) = (call, owner)
    call.core.onLoop { call.finishSending() }
    let first = try await owner.queue.next { owner.cancel() }
    guard let first else {
      throw RPCStatus(.internal, "the server answered without a response")
    }
    guard try await owner.queue.next(onCancel: { owner.cancel() }) == nil else {
      owner.cancel()
      throw RPCStatus(.internal, "the server sent two responses")
    }
    return first
  }

  /// Ends the call.
  public func cancel() { owner.cancel() }
}
