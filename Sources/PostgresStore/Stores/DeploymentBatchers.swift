internal import Domain

/// The batchers of every loop.
final class DeploymentBatchers: Sendable {
  private let creates: [StatementBatcher<CreateItem, CreateOutcome>]
  private let moves: [StatementBatcher<Transition, TransitionOutcome>]

  init(pools: [PostgresPool], connectionsPerLoop: Int) {
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
    try await creates[index].run(item)
  }

  func move(
    _ transition: Transition, index: Int
  ) async throws(PostgresFailure) -> TransitionOutcome {
    try await moves[index].run(transition)
  }
}
