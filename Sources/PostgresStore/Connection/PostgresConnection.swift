internal import CPostgres
internal import DequeModule
internal import EventLoop

/// One connection in pipeline mode on one loop. Groups are sent at the end of the loop's turn;
/// answers are matched to them in order. A lost connection fails what was sent and opens itself
/// again.
final class PostgresConnection: ReadinessHandler, TurnEndHandler, @unchecked Sendable {
  // @unchecked: confined to its loop.
  /// connecting -> ready -> (lost) connecting ...; any -> closed.
  enum State {
    case connecting
    case ready(ConnectionHandle, Registration)
    case closed
  }

  let loop: EventLoop
  private let opening: ConnectionOpening
  private let usesNames: Bool
  private let silenceLimit: Duration
  /// Told when there is room, and given back what was not sent. Pool and connections hold each
  /// other until the pool is closed.
  private let pool: PostgresPool

  private(set) var state = State.connecting
  private(set) var lastFailure: PostgresFailure?
  private var opener: Task<Void, Never>?
  private var backoff = Backoff.reconnecting
  /// Whether the server has answered on this connection.
  private var hasAnswered = false
  private var watchdog: TimerID?
  private var lastProgressNanoseconds: UInt64 = 0

  private var pending: [CallGroup] = []
  private var asksForTurnEnd = false
  private var expected: Deque<Expectation> = []
  private var hasResult = false
  private var prepared: Set<String> = []
  /// Groups accepted and not ended.
  private(set) var groupsInFlight = 0

  init(
    loop: EventLoop, opening: ConnectionOpening, isPooler: Bool, silenceLimit: Duration,
    pool: PostgresPool
  ) {
    self.loop = loop
    self.opening = opening
    self.usesNames = !isPooler
    self.silenceLimit = silenceLimit
    self.pool = pool
  }

  var isReady: Bool {
    if case .ready = state { return true }
    return false
  }

  /// Whether it takes another group now.
  var hasRoom: Bool {
    isReady && groupsInFlight < (usesNames ? Limits.groupsInFlightPerConnection : 1)
  }

  // MARK: Opening and closing

  func start() {
    loop.assertCurrent()
    open()
  }

  private func open() {
    opener = loop.spawn { await self.openUntilReady() }
  }

  private func openUntilReady() async {
    // A pooler without a server takes connections and drops them at their first statement.
    if let lastFailure, lastFailure.kind == .connectionLost, !hasAnswered {
      try? await loop.sleep(for: backoff.next())
    }
    while case .connecting = state, !Task.isCancelled {
      do throws(PostgresFailure) {
        let handle = try await opening.open(on: loop)
        guard case .connecting = state else { return }
        try becomeReady(handle)
        return
      } catch {
        lastFailure = error
        pool.connectionFailed(error)
      }
      try? await loop.sleep(for: backoff.next())
    }
  }

  private func becomeReady(_ handle: ConnectionHandle) throws(PostgresFailure) {
    guard PQsetnonblocking(handle.pointer, 1) == 0, PQenterPipelineMode(handle.pointer) == 1 else {
      throw PostgresFailure(.noConnection, handle.message)
    }
    do {
      let registration = try loop.register(handle.descriptor, interest: .read, handler: self)
      state = .ready(handle, registration)
    } catch {
      throw PostgresFailure(.noConnection, error.description)
    }
    lastFailure = nil
    hasAnswered = false
    lastProgressNanoseconds = loop.nanoseconds
    pool.connectionHasRoom()
  }

  /// Fails what was sent, gives back what was not, and connects again.
  private func lose(_ message: String) {
    guard case .ready(_, let registration) = state else { return }
    loop.deregister(registration)
    state = .connecting
    lastFailure = PostgresFailure(.connectionLost, message)
    let sent = expected
    let unsent = pending
    reset()
    for expectation in sent {
      if case .sync(let groups) = expectation {
        for group in groups { group.complete(PostgresFailure(.connectionLost, message)) }
      }
    }
    for group in unsent { pool.submit(group) }
    open()
  }

  private func reset() {
    expected.removeAll()
    pending.removeAll()
    prepared.removeAll()
    hasResult = false
    groupsInFlight = 0
    if let watchdog { loop.cancel(watchdog) }
    watchdog = nil
  }

  /// Fails everything and stays closed; returns when nothing of it runs any more.
  func close() async {
    loop.assertCurrent()
    if case .ready(_, let registration) = state { loop.deregister(registration) }
    state = .closed
    let groups =
      pending
      + expected.flatMap { expectation -> [CallGroup] in
        if case .sync(let groups) = expectation { return groups }
        return []
      }
    reset()
    for group in groups { group.complete(PostgresFailure(.closed, "closed")) }
    opener?.cancel()
    await opener?.value
  }

  // MARK: Sending

  /// Takes a group that is sent at the end of this turn. Only while `hasRoom`.
  func accept(_ group: CallGroup) {
    groupsInFlight += 1
    pending.append(group)
    guard !asksForTurnEnd else { return }
    asksForTurnEnd = true
    loop.atTurnEnd(.database, self)
  }

  func turnEnded() {
    asksForTurnEnd = false
    guard case .ready(let handle, _) = state, !pending.isEmpty else { return }
    if expected.isEmpty { lastProgressNanoseconds = loop.nanoseconds }
    let groups = pending
    pending.removeAll(keepingCapacity: true)
    var sender = PipelineSender(handle: handle.pointer, usesNames: usesNames, prepared: prepared)
    let isSent = sender.send(groups)
    prepared = sender.prepared
    expected.append(contentsOf: sender.expected)
    guard isSent else { return loseUnsynced(groups, handle) }
    flush()
    watch()
  }

  /// libpq took no more: what it took without a sync has no expectation that would fail it.
  private func loseUnsynced(_ groups: [CallGroup], _ handle: ConnectionHandle) {
    let message = handle.message
    for group in groups { group.complete(PostgresFailure(.connectionLost, message)) }
    lose(message)
  }

  private func flush() {
    guard case .ready(let handle, let registration) = state else { return }
    switch PQflush(handle.pointer) {
    case 0: loop.setInterest(registration, .read)
    case 1: loop.setInterest(registration, [.read, .write])
    default: lose(handle.message)
    }
  }

  // MARK: Receiving

  func ready(_ readiness: Readiness) {
    guard case .ready(let handle, _) = state else { return }
    if readiness.contains(.writable) { flush() }
    guard case .ready = state, readiness != .writable else { return }
    let isAlive = PQconsumeInput(handle.pointer) == 1
    lastProgressNanoseconds = loop.nanoseconds
    takeResults(handle)
    // Answers that came before the end were taken above.
    if !isAlive || handle.isBad { lose(handle.message) }
  }

  private func takeResults(_ handle: ConnectionHandle) {
    while case .ready = state, !expected.isEmpty, PQisBusy(handle.pointer) == 0 {
      if let pointer = PQgetResult(handle.pointer) {
        take(pointer)
      } else if hasResult {
        // The end of one statement's results.
        hasResult = false
        endStatement(expected.removeFirst())
      } else {
        return
      }
    }
  }

  private func take(_ pointer: OpaquePointer) {
    let status = PQresultStatus(pointer)
    if status == PGRES_PIPELINE_SYNC {
      PQclear(pointer)
      return endSync()
    }
    hasResult = true
    let result = QueryResult(owning: pointer)
    switch (expected.first, status) {
    case (.execute(let group), PGRES_TUPLES_OK), (.execute(let group), PGRES_COMMAND_OK):
      group.append(result)
    case (.cleanUp, _), (_, PGRES_COMMAND_OK), (_, PGRES_TUPLES_OK):
      break
    case (.prepare(let statement, let group), let status):
      prepared.remove(statement.name)
      status == PGRES_PIPELINE_ABORTED ? group.abort() : group.fail(result.failure)
    case (.execute(let group), PGRES_PIPELINE_ABORTED),
      (.control(let group), PGRES_PIPELINE_ABORTED):
      group.abort()
    case (.execute(let group), _), (.control(let group), _):
      group.fail(result.failure)
    case (.sync(let groups), _):
      // The commit itself failed. No statement ends here, so no nil follows that would end it.
      hasResult = false
      for group in groups { group.fail(result.failure) }
    case (nil, _):
      hasResult = false
    }
  }

  /// A read's answer need not wait for the sync that it shares; behind a pooler nothing may be sent
  /// before the sync is answered, so there the group is in flight until then.
  private func endStatement(_ expectation: Expectation) {
    guard usesNames, case .execute(let group) = expectation, case .read = group.kind else { return }
    end(group)
  }

  private func endSync() {
    hasResult = false
    guard case .sync(let groups) = expected.popFirst() else {
      return lose("a sync came where none was expected")
    }
    if !hasAnswered {
      hasAnswered = true
      backoff = .reconnecting
    }
    for group in groups {
      if usesNames, case .read = group.kind { continue }
      end(group)
    }
  }

  private func end(_ group: CallGroup) {
    groupsInFlight -= 1
    if group.failure?.state == .undefinedStatement {
      for call in group.calls { prepared.remove(call.statement.name) }
    }
    if group.shouldRetry {
      pool.retry(group)
    } else {
      if group.isAborted {
        group.fail(PostgresFailure(.protocolError, "aborted by others' errors again and again"))
      }
      group.complete()
    }
    pool.connectionHasRoom()
  }

  // MARK: The watchdog

  /// Gives the connection up when the server is silent for longer than any statement may take.
  private func watch() {
    guard watchdog == nil, !expected.isEmpty else { return }
    watchdog = loop.schedule(after: Limits.silenceSweep) { [weak self] in
      guard let self else { return }
      watchdog = nil
      let silence = loop.nanoseconds &- lastProgressNanoseconds
      if !expected.isEmpty, silence > silenceLimit.clampedNanoseconds {
        lose("the server has been silent for \(Duration.nanoseconds(Int64(clamping: silence)))")
      } else {
        watch()
      }
    }
  }
}
