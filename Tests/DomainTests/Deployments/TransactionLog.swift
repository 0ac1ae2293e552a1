import Domain
import Synchronization

/// A change store whose transactions overlap, as those of a database do: sequences are given when
/// an event is written, and it is seen when its transaction commits. Rows near the horizon come
/// twice.
final class TransactionLog: ChangeStore {
  private struct Row {
    let transaction: UInt64
    let change: ChangeBatch.Change
  }

  private struct State {
    var nextTransaction: UInt64 = 10
    var running: Set<UInt64> = []
    var rows: [Row] = []
    var lastSequence: Int64 = 0
    var failure: DomainError?
    var reads = 0
  }

  private let pageSize: Int
  private let state = Mutex(State())
  private let onRead = Mutex<(@Sendable () -> Void)?>(nil)

  init(pageSize: Int = 3) { self.pageSize = pageSize }

  var reads: Int { state.withLock { $0.reads } }
  func fail(_ failure: DomainError?) { state.withLock { $0.failure = failure } }

  /// Runs once, in the middle of the next read: after the rows were taken.
  func inNextRead(_ body: @escaping @Sendable () -> Void) { onRead.withLock { $0 = body } }

  func begin() -> UInt64 {
    state.withLock { state in
      state.nextTransaction += 1
      state.running.insert(state.nextTransaction)
      return state.nextTransaction
    }
  }

  @discardableResult
  func write(_ deployment: Deployment, in transaction: UInt64) -> Int64 {
    state.withLock { state in
      state.lastSequence += 1
      let event = DeploymentEvent(
        deployment: deployment.id, sequence: state.lastSequence, attempt: deployment.attempt,
        state: deployment.state, reason: "", at: deployment.updatedAt)
      state.rows.append(
        Row(
          transaction: transaction,
          change: ChangeBatch.Change(event: event, deployment: deployment)))
      return state.lastSequence
    }
  }

  func commit(_ transaction: UInt64) { state.withLock { _ = $0.running.remove(transaction) } }

  /// One transaction with one event, committed.
  @discardableResult
  func append(_ deployment: Deployment) -> Int64 {
    let transaction = begin()
    defer { commit(transaction) }
    return write(deployment, in: transaction)
  }

  func currentCursor() async throws(DomainError) -> ChangeCursor {
    try state.withLock { state throws(DomainError) in
      if let failure = state.failure { throw failure }
      return ChangeCursor(transaction: Self.horizon(state))
    }
  }

  private static func horizon(_ state: State) -> UInt64 {
    state.running.min() ?? state.nextTransaction + 1
  }

  func changes(since cursor: ChangeCursor, limit: Int) async throws(DomainError) -> ChangeBatch {
    let batch = try state.withLock { state throws(DomainError) in
      state.reads += 1
      if let failure = state.failure { throw failure }
      // The horizon of a round is that of its first page.
      let horizon = UInt64(cursor.snapshot) ?? Self.horizon(state)
      let rows = state.rows.filter { row in
        row.transaction >= cursor.transaction && !state.running.contains(row.transaction)
          && row.change.event.sequence > cursor.sequence
      }.sorted { $0.change.event.sequence < $1.change.event.sequence }
      let count = min(limit, pageSize)
      let page = rows.prefix(count).map(\.change)
      let isMore = rows.count > count
      let next =
        isMore
        ? ChangeCursor(
          transaction: cursor.transaction, sequence: page[count - 1].event.sequence,
          snapshot: "\(horizon)")
        : ChangeCursor(transaction: horizon)
      return ChangeBatch(changes: page, clusters: [], next: next, isMore: isMore)
    }
    let body = onRead.withLock { held in
      defer { held = nil }
      return held
    }
    body?()
    return batch
  }
}
