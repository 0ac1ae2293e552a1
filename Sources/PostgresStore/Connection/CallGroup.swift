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

  typealias Outcome = Result<[QueryResult], PostgresFailure>

  struct Call: Sendable {
    let statement: Statement
    let parameters: Parameters
  }

  let kind: Kind
  let calls: [Call]
  private let completion: @Sendable (Outcome) -> Void

  private var results: [QueryResult] = []
  private(set) var failure: PostgresFailure?
  /// A sibling's error kept it from running.
  private(set) var isAborted = false
  private(set) var attempt = 1
  private var isCompleted = false
  /// When it began to wait for a connection, on its loop's clock.
  var waitingSinceNanoseconds: UInt64 = 0

  init(_ kind: Kind, _ calls: [Call], completion: @escaping @Sendable (Outcome) -> Void) {
    self.kind = kind
    self.calls = calls
    self.completion = completion
  }

  func append(_ result: QueryResult) { results.append(result) }

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
    results.removeAll()
    failure = nil
    isAborted = false
    attempt += 1
  }

  /// Tells the caller, once.
  func complete() {
    guard !isCompleted else { return }
    isCompleted = true
    if let failure { return completion(.failure(failure)) }
    guard results.count == calls.count else {
      return completion(.failure(PostgresFailure(.protocolError, "a result is missing")))
    }
    completion(.success(results))
  }

  func complete(_ failure: PostgresFailure) {
    fail(failure)
    complete()
  }
}
