internal import CPostgres
internal import EventLoop

/// A connection of its own for a transaction that decides between its statements: migrations. One
/// statement at a time, in the simple protocol, so that a file of several is one.
final class ExclusiveConnection {
  private let handle: ConnectionHandle
  private let loop: EventLoop

  private init(handle: ConnectionHandle, loop: EventLoop) {
    self.handle = handle
    self.loop = loop
  }

  /// To be called on `loop`, as everything of it.
  static func open(
    _ opening: ConnectionOpening, on loop: EventLoop
  ) async throws(PostgresFailure) -> ExclusiveConnection {
    let handle = try await opening.open(on: loop)
    PQsetnonblocking(handle.pointer, 1)
    return ExclusiveConnection(handle: handle, loop: loop)
  }

  /// Runs `sql` and returns the text of the last statement's rows; NULL is "". The first error ends
  /// it.
  @discardableResult
  func run(_ sql: String, within limit: Duration) async throws(PostgresFailure) -> [[String]] {
    guard PQsendQuery(handle.pointer, sql) == 1 else { throw lost() }
    let deadline = ContinuousClock.now + limit
    while PQflush(handle.pointer) == 1 { try await wait([.read, .write], until: deadline) }
    var rows: [[String]] = []
    var failure: PostgresFailure?
    while true {
      while PQisBusy(handle.pointer) != 0 { try await wait(.read, until: deadline) }
      guard let pointer = PQgetResult(handle.pointer) else { break }
      let result = LibraryResult(owning: pointer)
      switch PQresultStatus(pointer) {
      case PGRES_TUPLES_OK: rows = result.texts
      case PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: rows = []
      default: failure = failure ?? result.failure
      }
    }
    if let failure { throw failure }
    return rows
  }

  private func wait(_ interest: Interest, until deadline: ContinuousClock.Instant)
    async throws(PostgresFailure)
  {
    let left = deadline - ContinuousClock.now
    guard left > .zero,
      await loop.waitUntilReady(handle.descriptor, for: interest, within: left)
    else { throw PostgresFailure(.noConnection, "no answer in time") }
    guard PQconsumeInput(handle.pointer) == 1 else { throw lost() }
  }

  private func lost() -> PostgresFailure { PostgresFailure(.connectionLost, handle.message) }
}
