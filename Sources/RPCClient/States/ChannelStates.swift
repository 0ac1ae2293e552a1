/// The states of a channel as they change, beginning with the one it is in. A reader that is slower
/// than they change sees the latest. Ends after `shutdown`, or when the reading task is cancelled.
/// Any number of tasks may read, each with an iterator of its own.
public struct ChannelStates: AsyncSequence, Sendable {
  public typealias Element = ChannelState
  public typealias Failure = Never

  private let board: StateBoard

  init(_ board: StateBoard) { self.board = board }

  public struct Iterator: AsyncIteratorProtocol {
    fileprivate let board: StateBoard
    /// The change that was seen last.
    fileprivate var seen: UInt64 = 0
    fileprivate var hasEnded = false

    public mutating func next() async -> ChannelState? { await next(isolation: nil) }

    public mutating func next(isolation actor: isolated (any Actor)?) async -> ChannelState? {
      guard !hasEnded, let (state, number) = await board.state(after: seen) else { return nil }
      seen = number
      hasEnded = state == .shutdown
      return state
    }
  }

  public func makeAsyncIterator() -> Iterator { Iterator(board: board) }
}
