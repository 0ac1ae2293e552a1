public import Messages
public import Wire

/// A call that streams both ways. Letting the call and its responses go cancels it.
public struct BidirectionalCall<Request: Message, Response: Message>: Sendable {
  private let call: StreamingCall<Request, Response>
  private let owner: StreamOwner<Response>

  init(call: StreamingCall<Request, Response>, owner: StreamOwner<Response>) {
    self.call = call
    self.owner = owner
  }

  /// What the server sends. For one reader.
  public var responses: ResponseStream<Response> { ResponseStream(owner: owner) }

  /// Sends one message; suspends while the server takes no more. Throws the call's status once it
  /// is over, FAILED_PRECONDITION after `finishSending` or the server's good end, CANCELLED when
  /// the task is.
  public func send(_ message: Request) async throws(RPCStatus) {
    try await call.send(message, id: owner.nextSend())
  }

  /// Nothing follows what was sent; responses still come.
  public func finishSending() {
    let call = call
    call.core.onLoop { call.finishSending() }
  }

  /// Ends the call.
  public func cancel() { owner.cancel() }
}
