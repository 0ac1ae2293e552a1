internal import DequeModule
internal import EventLoop

/// Gathers what callers of one loop want done in one turn and sends it as one statement, while at
/// most a few such statements are in flight. When a statement fails because of what one caller
/// sent, it is halved and tried again, so that one bad item fails alone.
final class StatementBatcher<Item: Sendable, Output: Sendable>: TurnEndHandler, @unchecked Sendable
{
  // @unchecked: confined to its loop, but for `callAsFunction`, which hops there.
  typealias Outcome = Result<Output, PostgresFailure>

  private struct Entry {
    let item: Item
    let completion: @Sendable (Outcome) -> Void
  }

  private let pool: PostgresPool
  private let statementLimit: Int
  private let waitingLimit: Int
  private let inFlightLimit: Int
  /// What no two items of one statement may share; nil: nothing.
  private let key: (@Sendable (Item) -> UInt128)?
  private let calls: @Sendable ([Item]) -> CallGroup.Call
  /// One output for each item, in their order.
  private let decode: @Sendable (QueryResult, Int) -> Result<[Output], PostgresFailure>

  private var waiting: Deque<Entry> = []
  private var asksForTurnEnd = false
  private var inFlight = 0

  init(
    pool: PostgresPool, statementLimit: Int, waitingLimit: Int, inFlightLimit: Int,
    key: (@Sendable (Item) -> UInt128)?,
    calls: @escaping @Sendable ([Item]) -> CallGroup.Call,
    decode: @escaping @Sendable (QueryResult, Int) -> Result<[Output], PostgresFailure>
  ) {
    self.pool = pool
    self.statementLimit = statementLimit
    self.waitingLimit = waitingLimit
    self.inFlightLimit = inFlightLimit
    self.key = key
    self.calls = calls
    self.decode = decode
  }

  /// From any thread.
  func run(_ item: Item) async throws(PostgresFailure) -> Output {
    let outcome = await withUnsafeContinuation {
      (continuation: UnsafeContinuation<Outcome, Never>) in
      let entry = Entry(item: item) { continuation.resume(returning: $0) }
      if pool.loop.isCurrent { add(entry) } else { pool.loop.execute { self.add(entry) } }
    }
    return try outcome.get()
  }

  private func add(_ entry: Entry) {
    guard waiting.count < waitingLimit else {
      return entry.completion(.failure(PostgresFailure(.overloaded, "too many wait for a batch")))
    }
    waiting.append(entry)
    sendAtTurnEnd()
  }

  /// One statement in flight lets the next one grow; a second one goes beside it when many wait.
  private var maySend: Bool {
    guard inFlight < inFlightLimit, !waiting.isEmpty else { return false }
    return inFlight == 0 || waiting.count >= Limits.itemsForAnotherStatement
  }

  private func sendAtTurnEnd() {
    guard !asksForTurnEnd, maySend else { return }
    asksForTurnEnd = true
    pool.loop.atTurnEnd(.batch, self)
  }

  func turnEnded() {
    asksForTurnEnd = false
    while maySend {
      inFlight += 1
      send(takeBatch()) { [self] in
        inFlight -= 1
        sendAtTurnEnd()
      }
    }
  }

  /// The first that may go together; the others keep their order.
  private func takeBatch() -> [Entry] {
    guard let key else {
      let batch = Array(waiting.prefix(statementLimit))
      waiting.removeFirst(batch.count)
      return batch
    }
    var batch: [Entry] = []
    var left: Deque<Entry> = []
    var keys: Set<UInt128> = []
    while batch.count < statementLimit, let entry = waiting.popFirst() {
      if keys.insert(key(entry.item)).inserted { batch.append(entry) } else { left.append(entry) }
    }
    waiting.prepend(contentsOf: left)
    return batch
  }

  private func send(_ batch: [Entry], whenDone: @escaping @Sendable () -> Void) {
    let call = calls(batch.map { $0.item })
    pool.submit(
      CallGroup(
        .write, call,
        completion: .call { [self] outcome in
          switch outcome.flatMap({ decode($0, batch.count) }) {
          case .success(let outputs):
            for (entry, output) in zip(batch, outputs) { entry.completion(.success(output)) }
            whenDone()
          case .failure(let failure)
          where failure.state?.isDataError == true && batch.count > 1:
            let middle = batch.count / 2
            // One after the other: together they are one batch in flight.
            send(Array(batch[..<middle])) { [self] in
              send(Array(batch[middle...]), whenDone: whenDone)
            }
          case .failure(let failure):
            for entry in batch { entry.completion(.failure(failure)) }
            whenDone()
          }
        }))
  }
}
