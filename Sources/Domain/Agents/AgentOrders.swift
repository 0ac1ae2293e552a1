import DequeModule
import Synchronization

/// The orders for one agent, in the order in which they were given. Iterate it once.
package final class AgentOrders: AsyncSequence, Sendable {
  package typealias Element = AgentOrder

  private struct State {
    var orders: Deque<AgentOrder> = []
    var isFinished = false
    var error: DomainError?
  }

  private let limit: Int
  private let state = Mutex(State())
  private let wakeUp = WakeUp()

  init(limit: Int = AgentLimits.orders) { self.limit = limit }

  /// False: the agent lets too many pile up.
  func put(_ orders: [AgentOrder]) -> Bool {
    let isAccepted = state.withLock { state in
      guard !state.isFinished else { return true }
      // What the agent must be told when it attaches goes in whole, however much it is.
      guard state.orders.isEmpty || state.orders.count + orders.count <= limit else { return false }
      state.orders.append(contentsOf: orders)
      return true
    }
    wakeUp.raise()
    return isAccepted
  }

  /// Orders not yet taken are dropped: the session is over.
  func finish(_ error: DomainError?) {
    state.withLock { state in
      guard !state.isFinished else { return }
      state.isFinished = true
      state.error = error
      state.orders = []
    }
    wakeUp.raise()
  }

  package func makeAsyncIterator() -> Iterator { Iterator(orders: self) }

  package struct Iterator: AsyncIteratorProtocol {
    fileprivate let orders: AgentOrders

    /// Nil once the session was detached and in a cancelled task. Throws `.aborted` when a newer
    /// agent took over, `.resourceExhausted` when orders piled up, `.unavailable` when nothing was
    /// heard.
    package mutating func next() async throws(DomainError) -> AgentOrder? {
      try await orders.next()
    }

    package mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(DomainError) -> AgentOrder? {
      try await orders.next()
    }
  }

  private func next() async throws(DomainError) -> AgentOrder? {
    while !Task.isCancelled {
      let (order, isFinished, error) = state.withLock { state in
        (state.orders.popFirst(), state.isFinished, state.error)
      }
      if let order { return order }
      if let error { throw error }
      if isFinished { return nil }
      await wakeUp.wait()
    }
    return nil
  }
}
