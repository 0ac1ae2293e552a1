internal import DequeModule
internal import Domain
internal import EventLoop

/// The connections of one loop. A group goes to the least busy one that has room, or waits.
final class PostgresPool: @unchecked Sendable {
  // @unchecked: confined to its loop; `loop` is immutable.
  let loop: EventLoop
  private var connections: [PostgresConnection] = []
  private var waiting: Deque<CallGroup> = []
  private var sweep: TimerID?
  private var isClosed = false
  private var firstAttempts: [UnsafeContinuation<PostgresFailure?, Never>] = []
  private var firstOutcome: PostgresFailure??
  private var counts = StatementCounts()
  private var openedConnections: UInt64 = 0

  init(loop: EventLoop) { self.loop = loop }

  /// Opens the connections; returns how the first of them fared.
  func start(
    _ configuration: PostgresConfiguration, opening: ConnectionOpening
  ) async -> PostgresFailure? {
    loop.assertCurrent()
    let silenceLimit = configuration.statementTimeout + Limits.silenceMargin
    connections = (0..<configuration.connections).map { _ in
      PostgresConnection(
        loop: loop, opening: opening, isPooler: configuration.isPooler,
        silenceLimit: silenceLimit, pool: self)
    }
    for connection in connections { connection.start() }
    if let firstOutcome { return firstOutcome }
    return await withUnsafeContinuation { firstAttempts.append($0) }
  }

  var isConnected: Bool { connections.contains(where: \.isReady) }

  // MARK: From callers

  /// From any thread.
  func submitFromAnywhere(_ group: CallGroup) {
    if loop.isCurrent { submit(group) } else { loop.execute { self.submit(group) } }
  }

  func submit(_ group: CallGroup) {
    loop.assertCurrent()
    group.submitted(to: self)
    if isClosed { return group.complete(PostgresFailure(.closed, "closed")) }
    if waiting.isEmpty, let connection = leastBusy() { return connection.accept(group) }
    guard waiting.count < Limits.waitingGroupsPerLoop else {
      return group.complete(PostgresFailure(.overloaded, "too many statements wait"))
    }
    group.waitingSinceNanoseconds = loop.nanoseconds
    waiting.append(group)
    sweepLater()
  }

  /// Another attempt of a group whose transaction did not happen; later, so that who won the race
  /// is through.
  func retry(_ group: CallGroup) {
    let pause = Limits.retryPause * group.attempt * Double.random(in: 0...1)
    group.reset()
    _ = loop.schedule(after: pause) { self.submit(group) }
  }

  private func leastBusy() -> PostgresConnection? {
    var best: PostgresConnection?
    for connection in connections where connection.hasRoom {
      if connection.groupsInFlight < best?.groupsInFlight ?? .max { best = connection }
    }
    return best
  }

  // MARK: Statistics

  /// A group has ended.
  func count(_ statement: String, since begin: UInt64, failure: PostgresFailure?) {
    counts.add(statement, nanoseconds: loop.nanoseconds &- begin, failure: failure)
  }

  /// On the loop.
  var statistics: PostgresStatistics {
    var statistics = PostgresStatistics()
    statistics.connections = connections.count(where: \.isReady)
    statistics.configuredConnections = connections.count
    statistics.inFlight = connections.reduce(0) { $0 + $1.groupsInFlight }
    statistics.waiting = waiting.count
    statistics.openedConnections = openedConnections
    statistics.statements = counts.all
    return statistics
  }

  // MARK: From connections

  func connectionOpened() {
    openedConnections += 1
    connectionHasRoom()
  }

  func connectionHasRoom() {
    resumeFirst(nil)
    while !waiting.isEmpty, let connection = leastBusy() {
      connection.accept(waiting.removeFirst())
    }
  }

  func connectionFailed(_ failure: PostgresFailure) { resumeFirst(failure) }

  private func resumeFirst(_ outcome: PostgresFailure?) {
    guard firstOutcome == nil else { return }
    firstOutcome = .some(outcome)
    let waiters = firstAttempts
    firstAttempts = []
    for waiter in waiters { waiter.resume(returning: outcome) }
  }

  // MARK: Waiting

  private func sweepLater() {
    guard sweep == nil, !waiting.isEmpty else { return }
    sweep = loop.schedule(after: Limits.waitingSweep) { [weak self] in
      guard let self else { return }
      sweep = nil
      endOverdue()
      sweepLater()
    }
  }

  private func endOverdue() {
    let limit = Limits.waitForConnection.clampedNanoseconds
    while let first = waiting.first,
      loop.nanoseconds &- first.waitingSinceNanoseconds > limit
    {
      waiting.removeFirst()
      first.complete(absence)
    }
  }

  private var absence: PostgresFailure {
    if isConnected { return PostgresFailure(.overloaded, "no connection had room in time") }
    let last = connections.compactMap(\.lastFailure).first
    return PostgresFailure(.noConnection, last?.message ?? "not connected yet")
  }

  /// Fails what waits and what is in flight.
  func close() async {
    loop.assertCurrent()
    guard !isClosed else { return }
    isClosed = true
    resumeFirst(PostgresFailure(.closed, "closed"))
    if let sweep { loop.cancel(sweep) }
    let left = waiting
    waiting.removeAll()
    for group in left { group.complete(PostgresFailure(.closed, "closed")) }
    for connection in connections { await connection.close() }
    connections.removeAll()
  }
}
