public import Messages
public import Wire

/// The responses of a call that streams them, in order. For one reader, once.
///
/// Throws the call's status unless it is OK. Taking responses gives the server leave to send more,
/// so who reads slowly slows the server down. Cancelling the task that reads ends the call, and so
/// does letting the stream go or leaving the loop over it, where nothing else holds it.
public struct ResponseStream<Response: Message>: AsyncSequence, Sendable {
  public typealias Element = Response
  public typealias Failure = RPCStatus

  private let owner: StreamOwner<Response>

  init(owner: StreamOwner<Response>) { self.owner = owner }

  public struct Iterator: AsyncIteratorProtocol {
    fileprivate let owner: StreamOwner<Response>

    public mutating func next() async throws(RPCStatus) -> Response? {
      try await next(isolation: nil)
    }

    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(RPCStatus) -> Response? {
      try await ResponseStream(owner: owner).next()
    }
  }

  public func makeAsyncIterator() -> Iterator { Iterator(owner: owner) }

  /// The next response; nil after the last.
  func next() async throws(RPCStatus) -> Response? {
    let owner = owner
    return try await owner.queue.next { owner.cancel() }
  }

  /// Ends the call; a reader gets CANCELLED.
  public func cancel() { owner.cancel() }
}
