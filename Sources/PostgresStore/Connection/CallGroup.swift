internal import EventLoop

/// Statements that are one transaction: they travel before one sync.
final class CallGroup: @unchecked Sendable {
  // @unchecked: handed over to one loop once; from then on touched there only, until `completion`.
  enum Kind: Sendable {
    /// One statement that changes and locks nothing; shares its sync with others of the turn.
    case read
    case write
    /// Several reads of one snapshot.
    case snapshot
  }

  typealias Outcome = Result<QueryResult, PostgresFailure>
  typealias Outcomes = Result<[QueryResult], PostgresFailure>

  /// Who is told the end. A continuation stands here by itself, which saves a closure a call.
  enum Completion: Sendable {
    case one(UnsafeContinuation<Outcome, Never>)
    case all(UnsafeContinuation<Outcomes, Never>)
    /// Of a group of one statement.
    case call(@Sendable (Outcome) -> Void)
  }

  struct Call: Sendable {
    let statement: Statement
    let parameters: Parameters
  }

  let kind: Kind
  let first: Call
  let others: [Call]
  private let completion: Completion

  /// The rows of the statement that is answered now.
  private var current = QueryResult()
  private var firstResult: QueryResult?
  private var otherResults: [QueryResult] = []
  private(set) var failure: PostgresFailure?
  /// A sibling's error kept it from running.
  private(set) var isAborted = false
  private(set) var attempt = 1
  private var isCompleted = false
  /// When it began to wait for a connection, on its loop's clock.
  var waitingSinceNanoseconds: UInt64 = 0
  /// Of the loop that it was handed to, which counts it when it ends.
  private var pool: PostgresPool?
  private var submittedNanoseconds: UInt64 = 0

  /// One statement.
  init(_ kind: Kind, _ call: Call, completion: Completion) {
    self.kind = kind
    first = call
    others = []
    self.completion = completion
  }

  /// Several statements, one at least.
  init(_ kind: Kind, _ calls: [Call], completion: UnsafeContinuation<Outcomes, Never>) {
    self.kind = kind
    first = calls[0]
    others = Array(calls.dropFirst())
    self.completion = .all(completion)
  }

  /// - Parameter row: the body of a DataRow message; copied.
  /// - Returns: false when that would be more than a result may hold.
  func append(_ row: UnsafeRawBufferPointer) -> Bool {
    guard current.byteCount + row.count <= Limits.resultBytes else { return false }
    current.append(row)
    return true
  }

  /// A statement's rows are all there.
  func endResult(_ body: UnsafeRawBufferPointer) {
    current.end(body)
    if firstResult == nil { firstResult = current } else { otherResults.append(current) }
    current = QueryResult()
  }

  /// From here on its time counts, however often it is tried.
  func submitted(to pool: PostgresPool) {
    guard self.pool == nil else { return }
    self.pool = pool
    submittedNanoseconds = pool.loop.nanoseconds
  }

  /// Keeps the first failure: what follows is its consequence.
  func fail(_ failure: PostgresFailure) { if self.failure == nil { self.failure = failure } }

  func abort() { isAborted = true }

  /// Whether another attempt is due: the transaction did not happen, for no fault of its own.
  var shouldRetry: Bool {
    guard attempt < Limits.attemptsPerGroup else { return false }
    if let state = failure?.state { return state.isRace || state == .undefinedStatement }
    return failure == nil && isAborted
  }

  /// Makes it as new for another attempt.
  func reset() {
    current = QueryResult()
    firstResult = nil
    otherResults.removeAll()
    failure = nil
    isAborted = false
    attempt += 1
  }

  /// Tells the caller, once.
  func complete() {
    guard !isCompleted else { return }
    isCompleted = true
    pool?.count(first.statement.name, since: submittedNanoseconds, failure: failure)
    switch completion {
    case .one(let continuation): continuation.resume(returning: outcome)
    case .call(let body): body(outcome)
    case .all(let continuation):
      continuation.resume(returning: outcome.map { [$0] + otherResults })
    }
  }

  private var outcome: Outcome {
    if let failure { return .failure(failure) }
    guard let firstResult, otherResults.count == others.count else {
      return .failure(PostgresFailure(.protocolError, "a result is missing"))
    }
    return .success(firstResult)
  }

  func complete(_ failure: PostgresFailure) {
    fail(failure)
    complete()
  }
}
