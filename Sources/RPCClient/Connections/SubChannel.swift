import EventLoop
import Transport
import Wire

/// One address of a server: its connections, the way to the next one, and the pauses after
/// failures. Confined to the channel's loop.
///
/// It reports what happens to the channel's core, which decides what follows.
final class SubChannel: @unchecked Sendable {
  // @unchecked: confined to its loop.
  let server: ServerAddress
  /// Nil once it has retired, as all do when the channel closes. Not weak: what has a weak
  /// reference is slow to retain, call by call.
  private var core: ChannelCore?
  /// Those that take calls, the oldest first. Calls fill the first before the next, so that the
  /// last ones fall idle.
  private(set) var connections: [ClientConnection] = []
  /// The one that is being made. One at a time.
  private(set) var attempt: ClientConnection?
  /// Why there is no connection, until there is one again.
  private(set) var failure: String?
  /// Of the loop's clock.
  private(set) var failedAt: UInt64 = 0
  private var establishedAt: UInt64 = 0
  private var backoff = Backoff(
    first: ClientLimits.connectDelay, longest: ClientLimits.longestConnectDelay,
    factor: ClientLimits.connectDelayFactor)
  private var pause: TimerID?
  /// A pool that could not grow does not try again before this.
  private var growsAt: UInt64 = 0
  /// Streams that the server said it takes on a connection; nil: it never did.
  var announcedStreams: Int?

  init(_ server: ServerAddress, core: ChannelCore) {
    self.server = server
    self.core = core
  }

  /// Not wanted any more.
  var isRetired: Bool { core == nil }
  var isReady: Bool { !connections.isEmpty }
  var isConnecting: Bool { attempt != nil }

  /// A connection with room for a call.
  var room: ClientConnection? {
    for connection in connections where connection.hasRoom { return connection }
    return nil
  }

  /// Calls under way; nil when there is no room for another.
  var load: Int? {
    var (sum, hasRoom) = (0, false)
    for connection in connections {
      sum += connection.calls
      hasRoom = hasRoom || connection.hasRoom
    }
    return hasRoom ? sum : nil
  }

  // MARK: Connecting

  /// Makes a connection, unless one is being made.
  func connect() {
    guard attempt == nil, let core else { return }
    endPause()
    let attempt = ClientConnection(subchannel: self, core: core)
    self.attempt = attempt
    do throws(TransportError) {
      attempt.begin(
        try Connection.connect(
          to: server.address, serverName: core.options.serverName ?? server.endpoint.host,
          context: core.context, handler: attempt))
      core.keep(attempt)
    } catch {
      self.attempt = nil
      attemptFailed(error.description)
    }
  }

  /// Whether the pool may have one more connection now: all it has is known to be full.
  func mayGrow(_ now: UInt64) -> Bool {
    guard let core, isReady, attempt == nil, now >= growsAt else { return false }
    return connections.count < core.options.boundedConnections
      && connections.allSatisfy(\.isSettled)
  }

  /// Connects again after a pause that grows with each failure in a row.
  func connectLater() {
    guard pause == nil, attempt == nil, let core else { return }
    let delay = backoff.next(random: .random(in: 0..<1))
    pause = core.loop.schedule(after: delay) {
      self.pause = nil
      self.connect()
      self.core?.showState()
    }
  }

  /// Gives up an attempt that is not needed any more.
  func cancelAttempt() {
    guard let attempt else { return }
    self.attempt = nil
    attempt.connection?.close(reason: "not needed any more")
  }

  private func endPause() {
    if let pause { core?.loop.cancel(pause) }
    pause = nil
  }

  /// A new round: what failed before does not count.
  func forgetFailure() { failure = nil }

  private func attemptFailed(_ reason: String) {
    guard let core else { return }
    let text = ConnectFailure.text(
      reason, server: core.options.serverName ?? server.endpoint.host)
    if isReady {
      growsAt = core.loop.nanoseconds &+ backoff.next(random: .random(in: 0..<1)).clampedNanoseconds
      return
    }
    fail("cannot connect to \(server.endpoint): \(text)")
    core.attemptFailed(self)
  }

  private func fail(_ text: String) {
    failure = text
    failedAt = core?.loop.nanoseconds ?? 0
  }

  // MARK: From connections

  func established(_ connection: ClientConnection) {
    guard let core, attempt === connection else {
      connection.connection?.close(reason: "not needed any more")
      return
    }
    attempt = nil
    failure = nil
    if connections.isEmpty { establishedAt = core.loop.nanoseconds }
    connections.append(connection)
    core.established(self)
  }

  /// Its calls go on; new ones need another.
  func draining(_ connection: ClientConnection) {
    remove(connection, "\(server.endpoint) is shutting down")
  }

  func closed(_ connection: ClientConnection, reason: String) {
    if attempt === connection {
      attempt = nil
      attemptFailed(reason)
    } else {
      remove(connection, "the connection to \(server.endpoint) was lost: \(reason)")
    }
  }

  private func remove(_ connection: ClientConnection, _ text: String) {
    guard let index = connections.firstIndex(where: { $0 === connection }), let core else { return }
    connections.remove(at: index)
    guard connections.isEmpty else { return core.startWaiting() }
    fail(text)
    let lived = core.loop.nanoseconds &- establishedAt
    if lived >= ClientLimits.connectFailureLifetime.clampedNanoseconds { backoff.reset() }
    // A server that accepts and closes at once, again and again, is no better than one away.
    let isFirst = backoff.failures == 0
    if isFirst { _ = backoff.next(random: 0) }
    core.lost(self, reconnectsAtOnce: isFirst)
  }

  // MARK: Ending

  /// Closes the connections beyond the first that had no call for `idle`.
  func closeIdle(_ now: UInt64, idle: UInt64) {
    guard connections.count > 1 else { return }
    for connection in connections.dropFirst().reversed()
    where connection.calls == 0 && now &- connection.usedAt >= idle {
      connections.removeAll { $0 === connection }
      connection.connection?.drain(grace: .zero)
    }
  }

  /// Not wanted any more: connects no more and reports nothing. Its connections are the caller's
  /// to end.
  func retire() -> [ClientConnection] {
    endPause()
    core = nil
    defer { connections = [] }
    return connections
  }
}
