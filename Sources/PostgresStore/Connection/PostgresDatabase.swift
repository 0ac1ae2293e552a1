internal import Domain
internal import EventLoop

/// The database as the stores see it: a call made on a loop goes over that loop's connections, one
/// made elsewhere over the next loop's. Answers are matched to errors of the domain here.
final class PostgresDatabase: Sendable {
  private let group: EventLoopGroup
  private let pools: [PostgresPool]
  /// Nil: nobody follows any trace.
  let tracer: (any WorkTracer)?

  init(group: EventLoopGroup, pools: [PostgresPool], tracer: (any WorkTracer)?) {
    self.group = group
    self.pools = pools
    self.tracer = tracer
  }

  /// One statement that changes nothing and takes no locks.
  func read(_ statement: Statement, _ parameters: Parameters) async throws(DomainError)
    -> QueryResult
  {
    try await run(.read, CallGroup.Call(statement: statement, parameters: parameters))
  }

  /// One statement as one transaction. `refusing` names the error of a constraint that it breaks.
  func write(
    _ statement: Statement, _ parameters: Parameters,
    refusing: (String) -> DomainError? = { _ in nil }
  ) async throws(DomainError) -> QueryResult {
    try await run(
      .write, CallGroup.Call(statement: statement, parameters: parameters), refusing: refusing)
  }

  /// Several statements as one transaction; each sees what was committed before it began.
  func transaction(
    _ calls: [(Statement, Parameters)], refusing: (String) -> DomainError? = { _ in nil }
  ) async throws(DomainError) -> [QueryResult] {
    try await run(.write, calls, refusing: refusing)
  }

  /// Several reads of one snapshot.
  func snapshot(_ calls: [(Statement, Parameters)]) async throws(DomainError) -> [QueryResult] {
    try await run(.snapshot, calls)
  }

  private func run(
    _ kind: CallGroup.Kind, _ call: CallGroup.Call,
    refusing: (String) -> DomainError? = { _ in nil }
  ) async throws(DomainError) -> QueryResult {
    let pool = pool()
    let work = tracer?.begin(statement: call.statement.name)
    let outcome = await withUnsafeContinuation {
      (continuation: UnsafeContinuation<CallGroup.Outcome, Never>) in
      pool.submitFromAnywhere(CallGroup(kind, call, completion: .one(continuation)))
    }
    work?.end(failure: outcome.failedKind)
    switch outcome {
    case .success(let result): return result
    case .failure(let failure): throw failure.domainError(refusing: refusing)
    }
  }

  private func run(
    _ kind: CallGroup.Kind, _ calls: [(Statement, Parameters)],
    refusing: (String) -> DomainError? = { _ in nil }
  ) async throws(DomainError) -> [QueryResult] {
    let pool = pool()
    let work = tracer.flatMap { tracer in
      tracer.begin(statement: calls.map(\.0.name).joined(separator: "+"))
    }
    let calls = calls.map { CallGroup.Call(statement: $0.0, parameters: $0.1) }
    let outcome = await withUnsafeContinuation {
      (continuation: UnsafeContinuation<CallGroup.Outcomes, Never>) in
      pool.submitFromAnywhere(CallGroup(kind, calls, completion: continuation))
    }
    work?.end(failure: outcome.failedKind)
    switch outcome {
    case .success(let results): return results
    case .failure(let failure): throw failure.domainError(refusing: refusing)
    }
  }

  /// The index of the caller's loop, else of the next in turn.
  func poolIndex() -> Int {
    pools.firstIndex { $0.loop.isCurrent } ?? group.next().index % pools.count
  }

  private func pool() -> PostgresPool { pools[poolIndex()] }
}

extension Result where Failure == PostgresFailure {
  /// What went wrong, without a value of anybody's; nil: nothing.
  fileprivate var failedKind: String? {
    guard case .failure(let failure) = self else { return nil }
    return failure.state.map { "SQLSTATE \($0)" } ?? "\(failure.kind)"
  }
}
