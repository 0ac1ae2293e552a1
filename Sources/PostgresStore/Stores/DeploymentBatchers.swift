internal import Domain

/// The batchers of every loop.
final class DeploymentBatchers: Sendable {
  private let creates: [StatementBatcher<CreateItem, CreateOutcome>]
  private let moves: [StatementBatcher<Transition, TransitionOutcome>]
  private let tracer: (any WorkTracer)?

  init(pools: [PostgresPool], connectionsPerLoop: Int, tracer: (any WorkTracer)?) {
    self.tracer = tracer
    creates = pools.map { pool in
      StatementBatcher(
        pool: pool, statementLimit: Limits.createsPerStatement,
        waitingLimit: Limits.waitingCreatesPerLoop, inFlightLimit: connectionsPerLoop, key: nil,
        calls: CreateItem.call, decode: CreateOutcome.decode)
    }
    moves = pools.map { pool in
      StatementBatcher(
        pool: pool, statementLimit: Limits.transitionsPerStatement,
        waitingLimit: Limits.waitingTransitionsPerLoop, inFlightLimit: connectionsPerLoop,
        key: { $0.id.value },
        calls: { Transition.call($0, fence: nil) }, decode: TransitionOutcome.decode)
    }
  }

  func create(_ item: CreateItem, index: Int) async throws(PostgresFailure) -> CreateOutcome {
    guard let tracer, let work = tracer.begin(statement: Statement.create.name) else {
      return try await creates[index].run(item)
    }
    return try await work.around { () async throws(PostgresFailure) in
      try await creates[index].run(item)
    }
  }

  func move(
    _ transition: Transition, index: Int
  ) async throws(PostgresFailure) -> TransitionOutcome {
    guard let tracer, let work = tracer.begin(statement: "transition") else {
      return try await moves[index].run(transition)
    }
    return try await work.around { () async throws(PostgresFailure) in
      try await moves[index].run(transition)
    }
  }
}

extension TracedWork {
  /// Ends with the operation.
  fileprivate func around<Output>(
    _ operation: () async throws(PostgresFailure) -> Output
  ) async throws(PostgresFailure) -> Output {
    do throws(PostgresFailure) {
      let output = try await operation()
      end(failure: nil)
      return output
    } catch {
      end(failure: "\(error.kind)")
      throw error
    }
  }
}
