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
    /// The handle is held for the channel, which is its socket.
    case ready(ConnectionHandle, ServerChannel, Registration)
    case closed
  }

  let loop: EventLoop
  private let opening: ConnectionOpening
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
  private var sender: PipelineSender
  private var writer = MessageWriter()
  private let reader = MessageReader()
  private var interest = Interest.read
  /// What a write that stopped, and a read that stopped, wait for: a TLS session may have to write
  /// before it reads on, and the other way round.
  private var writeWaits: ServerChannel.Direction?
  private var readWaits: ServerChannel.Direction?
  /// Groups accepted and not ended.
  private(set) var groupsInFlight = 0

  init(
    loop: EventLoop, opening: ConnectionOpening, isPooler: Bool, silenceLimit: Duration,
    pool: PostgresPool
  ) {
    self.loop = loop
    self.opening = opening
    sender = PipelineSender(usesNames: !isPooler)
    self.silenceLimit = silenceLimit
    self.pool = pool
  }

  var isReady: Bool {
    if case .ready = state { return true }
    return false
  }

  /// Whether it takes another group now.
  var hasRoom: Bool {
    isReady && groupsInFlight < (sender.usesNames ? Limits.groupsInFlightPerConnection : 1)
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
    let channel = try ServerChannel(handle)
    // Else libpq's farewell would wait for a server that does not read.
    guard handle.makeNonblocking() else {
      throw PostgresFailure(.noConnection, handle.message)
    }
    do {
      let registration = try loop.register(handle.descriptor, interest: .read, handler: self)
      interest = .read
      writeWaits = nil
      readWaits = nil
      state = .ready(handle, channel, registration)
    } catch {
      throw PostgresFailure(.noConnection, error.description)
    }
    lastFailure = nil
    hasAnswered = false
    lastProgressNanoseconds = loop.nanoseconds
    pool.connectionOpened()
  }

  /// Fails what was sent, gives back what was not, and connects again.
  private func lose(_ message: String) {
    guard case .ready(_, _, let registration) = state else { return }
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
    sender.forgetAll()
    writer.removeAll()
    reader.removeAll()
    groupsInFlight = 0
    if let watchdog { loop.cancel(watchdog) }
    watchdog = nil
  }

  /// Fails everything and stays closed; returns when nothing of it runs any more.
  func close() async {
    loop.assertCurrent()
    if case .ready(_, _, let registration) = state { loop.deregister(registration) }
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
    guard case .ready = state, !pending.isEmpty else { return }
    if expected.isEmpty { lastProgressNanoseconds = loop.nanoseconds }
    sender.send(pending, to: &writer, expecting: &expected)
    pending.removeAll(keepingCapacity: true)
    flush()
    watch()
  }

  private func flush() {
    while case .ready(_, let channel, _) = state, !writer.isEmpty {
      switch writer.withUnsent(channel.write) {
      case .bytes(let count): writer.consume(count)
      case .wait(let direction):
        writeWaits = direction
        return watchSocket()
      case .lost(let message): return lose(message)
      }
    }
    writeWaits = nil
    watchSocket()
  }

  private func watchSocket() {
    guard case .ready(_, _, let registration) = state else { return }
    var wanted: Interest = readWaits == .writing ? .write : .read
    if writeWaits == .writing { wanted.insert(.write) }
    guard wanted != interest else { return }
    interest = wanted
    loop.setInterest(registration, wanted)
  }

  // MARK: Receiving

  func ready(_ readiness: Readiness) {
    if readiness.contains(.writable) || writeWaits == .reading { flush() }
    guard readiness != .writable || readWaits == .writing else { return }
    // Bounded: a server that goes on talking does not keep the loop from others.
    for _ in 0..<Limits.readsPerTurn {
      guard case .ready(_, let channel, _) = state else { return }
      guard receive(channel) else { return }
    }
    if case .ready(_, let channel, _) = state, channel.readsByRecord {
      // What the TLS session holds already, the socket does not tell of again.
      loop.execute { self.ready(.readable) }
    }
  }

  /// One read; whether another is due.
  private func receive(_ channel: ServerChannel) -> Bool {
    var outcome = ServerChannel.Outcome.bytes(0)
    let (filled, space) = reader.fill { space in
      outcome = channel.read(into: space)
      if case .bytes(let count) = outcome { return count }
      return nil
    }
    if filled > 0 { takeMessages() }
    switch outcome {
    case .bytes:
      wait(for: nil)
      return channel.readsByRecord || filled == space
    case .wait(let direction):
      wait(for: direction)
      return false
    case .lost(let message):
      lose(message)
      return false
    }
  }

  private func wait(for direction: ServerChannel.Direction?) {
    guard direction != readWaits else { return }
    readWaits = direction
    watchSocket()
  }

  private func takeMessages() {
    while case .ready = state, let message = reader.next() { take(message) }
    if let problem = reader.problem { lose(problem) }
  }

  private func take(_ message: MessageReader.Message) {
    switch message.type {
    case UInt8(ascii: "D"):
      takeRow(message.body)
    case UInt8(ascii: "C"), UInt8(ascii: "I"): endStatement(message.body)
    case UInt8(ascii: "1"):
      takePrepared()
    case UInt8(ascii: "2"): break
    case UInt8(ascii: "Z"): endSync()
    case UInt8(ascii: "E"): takeError(PostgresFailure(errorResponse: message.body))
    // Notices, changed settings, notifications.
    case UInt8(ascii: "N"), UInt8(ascii: "S"), UInt8(ascii: "A"): break
    case let type: lose("an unexpected message: \(type)")
    }
  }

  /// The first of what is expected has come. Only this counts for the watchdog: a server may send
  /// other things for ever.
  private func progress() {
    expected.removeFirst()
    lastProgressNanoseconds = loop.nanoseconds
  }

  private func takePrepared() {
    switch expected.first {
    case .prepare: progress()
    // They have no name, and no expectation of their own.
    case .control, .cleanUp: break
    case .execute, .sync, nil: lose("a statement was prepared that should not be")
    }
  }

  private func takeRow(_ body: UnsafeRawBufferPointer) {
    guard case .execute(let group) = expected.first else {
      return lose("a row came to no statement")
    }
    if group.append(body) { return }
    group.fail(PostgresFailure(.protocolError, "the answer is larger than any may be"))
    lose("a statement was answered without end")
  }

  private func endStatement(_ body: UnsafeRawBufferPointer) {
    switch expected.first {
    case .execute(let group):
      group.endResult(body)
      progress()
      endRead(group)
    case .control, .cleanUp: progress()
    case .prepare, .sync, nil: lose("an answer came to no statement")
    }
  }

  /// What failed, and everything that was to run before the next sync, has ended.
  private func takeError(_ failure: PostgresFailure) {
    switch expected.first {
    case .prepare(_, let group), .execute(let group), .control(let group): group.fail(failure)
    case .cleanUp: break
    case .sync(let groups):
      // The commit itself failed.
      for group in groups { group.fail(failure) }
    case nil: return lose(failure.message)
    }
    while let expectation = expected.first {
      switch expectation {
      case .prepare(let statement, let group):
        sender.forget(statement)
        group.abort()
      case .execute(let group):
        group.abort()
        progress()
        endRead(group)
        continue
      case .control(let group): group.abort()
      case .cleanUp: break
      case .sync: return
      }
      progress()
    }
  }

  /// A read's answer need not wait for the sync that it shares; behind a pooler nothing may be sent
  /// before the sync is answered, so there the group is in flight until then.
  private func endRead(_ group: CallGroup) {
    if sender.usesNames, case .read = group.kind { end(group) }
  }

  private func endSync() {
    guard case .sync(let groups) = expected.first else {
      return lose("a sync came where none was expected")
    }
    progress()
    if !hasAnswered {
      hasAnswered = true
      backoff = .reconnecting
    }
    for group in groups {
      if sender.usesNames, case .read = group.kind { continue }
      end(group)
    }
  }

  private func end(_ group: CallGroup) {
    groupsInFlight -= 1
    if group.failure?.state == .undefinedStatement {
      sender.forget(group.first.statement)
      for call in group.others { sender.forget(call.statement) }
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
