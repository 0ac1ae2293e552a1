import EventLoop
public import Messages
public import Wire

/// The requests of a call that streams them, in order. Taking one gives its credit back to the
/// caller, so a handler that takes slowly slows the caller down. One task reads it, once.
///
/// Throws the call's status when it is cancelled, INVALID_ARGUMENT where a message is no request.
public struct RequestStream<Request: Message>: AsyncSequence, Sendable {
  public typealias Element = Request
  public typealias Failure = RPCStatus

  private let queue: RequestQueue<Request>
  private let loop: EventLoop

  init(queue: RequestQueue<Request>, loop: EventLoop) {
    self.queue = queue
    self.loop = loop
  }

  public struct Iterator: AsyncIteratorProtocol {
    let stream: RequestStream

    public mutating func next() async throws(RPCStatus) -> Request? { try await stream.next() }

    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(RPCStatus) -> Request? {
      try await stream.next()
    }
  }

  public func makeAsyncIterator() -> Iterator { Iterator(stream: self) }

  /// The next request; nil after the last.
  public func next() async throws(RPCStatus) -> Request? {
    // A handler stays on its loop; a detached task of it may ask from elsewhere.
    if loop.isCurrent { return try await queue.next() }
    let queue = queue
    return try await loop.run { () async throws(RPCStatus) -> Request? in try await queue.next() }
  }

  /// The one request of a call that has one.
  func only() async throws(RPCStatus) -> Request {
    guard let request = try await next() else {
      throw RPCStatus(.invalidArgument, "the call takes exactly one message")
    }
    return request
  }
}
