public import Wire

/// The responses of a call as JSON text: one for a unary call. For one reader.
public struct JSONResponses: AsyncSequence, Sendable {
  public typealias Element = String
  public typealias Failure = RPCStatus

  typealias Next = @Sendable () async throws(RPCStatus) -> String?

  private let read: Next

  init(_ read: @escaping Next) { self.read = read }

  public struct Iterator: AsyncIteratorProtocol {
    fileprivate let read: Next

    public mutating func next() async throws(RPCStatus) -> String? { try await read() }

    public mutating func next(isolation actor: isolated (any Actor)?) async throws(RPCStatus)
      -> String?
    {
      try await read()
    }
  }

  public func makeAsyncIterator() -> Iterator { Iterator(read: read) }
}
