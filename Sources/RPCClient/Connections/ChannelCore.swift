import DequeModule
import EventLoop
import Messages
import Transport
import Wire

/// What a channel has on its loop: the connection, the way to the next one, and the calls that
/// wait for it. Confined to the loop, but for the lets.
final class ChannelCore: @unchecked Sendable {
  // @unchecked: confined to its loop; what other threads read is a Sendable let.
  enum State {
    /// No connection was asked for. -> `connecting` by the first call.
    case idle
    /// -> `ready`; -> `pausing` when no address is left to try.
    case connecting(ConnectRound)
    /// -> `connecting` when the connection drains or is lost; -> `pausing` if it was lost at once.
    case ready(ClientConnection)
    /// After a failed round. -> `connecting` when the timer fires, or by a call that comes late
    /// enough.
    case pausing(TimerID, failedAt: UInt64)
    /// Nothing follows.
    case closed
  }

  let loop: EventLoop
  let target: Target
  let options: ChannelOptions
  /// For this loop's encoding and decoding.
  let arena = Arena()
  private let context: TransportContext
  private(set) var state = State.idle
  private var waiting: Deque<ClientCall> = []
  /// Connections that are not closed, those that drain among them.
  private var connections: [ObjectIdentifier: ClientConnection] = [:]
  private var backoff = Backoff(
    first: ClientLimits.connectDelay, longest: ClientLimits.longestConnectDelay, factor: 1.6)
  private var establishedAt: UInt64 = 0
  /// Why there is no connection.
  private(set) var lastFailure: RPCStatus?
  private var outcomeWaiters: [ObjectIdentifier: FirstOutcome] = [:]
  private var closeWaiters: [UnsafeContinuation<Void, Never>] = []

  init(target: Target, options: ChannelOptions, loop: EventLoop, context: TransportContext) {
    self.target = target
    self.options = options
    self.loop = loop
    self.context = context
  }

  /// Runs `body` on the loop: at once if the caller is there.
  func onLoop(_ body: @escaping @Sendable () -> Void) {
    if loop.isCurrent { body() } else { loop.execute(body) }
  }

  // MARK: Calls

  /// Opens the call's stream now or as soon as there is a connection with room for it.
  func submit(_ call: ClientCall) {
    switch state {
    case .closed:
      return call.failUnstarted(Self.closedStatus)
    case .ready(let connection) where waiting.isEmpty && connection.hasRoom:
      return start(call, on: connection)
    case .ready, .connecting:
      break
    case .idle:
      connect()
    case .pausing(let timer, let failedAt):
      let age = loop.nanoseconds &- failedAt
      if age >= ClientLimits.connectFailureLifetime.clampedNanoseconds {
        loop.cancel(timer)
        connect()
      } else if !call.waitsForReady {
        return call.failUnstarted(lastFailure ?? Self.closedStatus)
      }
    }
    enqueue(call)
  }

  private func enqueue(_ call: ClientCall) {
    if waiting.count >= ClientLimits.waitingCalls {
      waiting.removeAll { $0.isOver }
      guard waiting.count < ClientLimits.waitingCalls else {
        return call.failUnstarted(
          RPCStatus(.resourceExhausted, "too many calls wait for a connection"))
      }
    }
    waiting.append(call)
    // A round may have failed, or a connection come, while the call was on its way here.
    startWaiting()
  }

  private func start(_ call: ClientCall, on connection: ClientConnection) {
    guard !call.isOver else { return }
    do throws(RPCStatus) {
      try call.open(on: connection)
    } catch {
      call.failUnstarted(error)
    }
  }

  /// Starts the calls for which there is room. Called whenever there may be.
  func startWaiting() {
    guard case .ready(let connection) = state else { return }
    while connection.hasRoom, let call = waiting.popFirst() { start(call, on: connection) }
  }

  private func failWaiting(_ status: RPCStatus, where fails: (ClientCall) -> Bool) {
    let failing = waiting.filter(fails)
    waiting.removeAll(where: fails)
    for call in failing { call.failUnstarted(status) }
  }

  private static var closedStatus: RPCStatus { RPCStatus(.unavailable, "the channel is closed") }

  // MARK: Connecting

  func connect() {
    let round = ConnectRound()
    state = .connecting(round)
    let target = target
    // Owned by the round, which cancels it when the channel closes.
    round.resolution = loop.spawn { [weak self] in
      for endpoint in target.endpoints {
        do {
          let addresses = try await ClientRuntime.resolver.run { () throws(ResolutionError) in
            try SocketAddress.resolve(host: endpoint.host, port: endpoint.port)
          }
          for address in addresses.prefix(ClientLimits.addresses) {
            round.candidates.append(.init(endpoint: endpoint, address: address))
          }
        } catch {
          round.fail(endpoint, "\(error)")
        }
      }
      self?.tryNext(round)
    }
  }

  private func isCurrent(_ round: ConnectRound) -> Bool {
    if case .connecting(let current) = state { return current === round }
    return false
  }

  private func tryNext(_ round: ConnectRound) {
    guard isCurrent(round) else { return }
    while let candidate = round.candidates.popFirst() {
      let attempt = ClientConnection(endpoint: candidate.endpoint, core: self)
      round.attempt = attempt
      connections[ObjectIdentifier(attempt)] = attempt
      do throws(TransportError) {
        let connection = try Connection.connect(
          to: candidate.address, serverName: options.serverName ?? candidate.endpoint.host,
          context: context, handler: attempt)
        attempt.begin(connection)
        return
      } catch {
        connections[ObjectIdentifier(attempt)] = nil
        round.fail(candidate.endpoint, error.description)
      }
    }
    roundFailed(round.failure(serverName: options.serverName))
  }

  private func roundFailed(_ status: RPCStatus) {
    lastFailure = status
    let pause = backoff.next(random: .random(in: 0..<1))
    let timer = loop.schedule(after: pause) { [weak self] in self?.connect() }
    state = .pausing(timer, failedAt: loop.nanoseconds)
    tellOutcome(status)
    failWaiting(status) { !$0.waitsForReady }
  }

  // MARK: From connections

  func established(_ connection: ClientConnection) {
    guard case .connecting(let round) = state, round.attempt === connection else {
      connection.connection?.close(reason: "not needed any more")
      return
    }
    establishedAt = loop.nanoseconds
    state = .ready(connection)
    tellOutcome(nil)
    startWaiting()
  }

  func draining(_ connection: ClientConnection) {
    guard case .ready(let current) = state, current === connection else { return }
    // Its calls go on; new ones need another connection.
    lastFailure = RPCStatus(.unavailable, "\(connection.endpoint) is shutting down")
    connect()
  }

  func closed(_ connection: ClientConnection, reason: String) {
    connections[ObjectIdentifier(connection)] = nil
    switch state {
    case .connecting(let round) where round.attempt === connection:
      round.attempt = nil
      round.fail(connection.endpoint, reason)
      tryNext(round)
    case .ready(let current) where current === connection:
      let status = RPCStatus(
        .unavailable, "the connection to \(connection.endpoint) was lost: \(reason)")
      reconnect(after: status)
    default:
      break
    }
    if case .closed = state { tellClosed() }
  }

  /// The first attempt follows at once. A server that accepts and closes at once is another matter.
  private func reconnect(after status: RPCStatus) {
    let lived = loop.nanoseconds &- establishedAt
    if lived >= ClientLimits.connectFailureLifetime.clampedNanoseconds { backoff.reset() }
    guard backoff.failures == 0 else { return roundFailed(status) }
    _ = backoff.next(random: 0)
    lastFailure = status
    connect()
  }

  // MARK: Waiting for the first connection

  /// Tells `waiter` how the round ends that goes on or begins now.
  func tell(_ waiter: FirstOutcome) {
    switch state {
    case .ready: waiter.resume(nil)
    case .closed: waiter.resume(Self.closedStatus)
    case .pausing: waiter.resume(lastFailure)
    case .connecting: outcomeWaiters[ObjectIdentifier(waiter)] = waiter
    case .idle:
      outcomeWaiters[ObjectIdentifier(waiter)] = waiter
      connect()
    }
  }

  func forget(_ waiter: FirstOutcome) {
    outcomeWaiters[ObjectIdentifier(waiter)] = nil
    waiter.resume(RPCStatus(.cancelled, "the caller gave up"))
  }

  private func tellOutcome(_ status: RPCStatus?) {
    let waiters = outcomeWaiters.values
    outcomeWaiters = [:]
    for waiter in waiters { waiter.resume(status) }
  }

  // MARK: Ending

  /// Takes no more calls; those under way have `grace` to end. `continuation` resumes when no
  /// connection is left.
  func close(grace: Duration, _ continuation: UnsafeContinuation<Void, Never>?) {
    if let continuation { closeWaiters.append(continuation) }
    let previous = state
    state = .closed
    switch previous {
    case .connecting(let round): round.resolution?.cancel()
    case .pausing(let timer, _): loop.cancel(timer)
    case .idle, .ready, .closed: break
    }
    tellOutcome(Self.closedStatus)
    failWaiting(Self.closedStatus) { _ in true }
    for connection in connections.values {
      if grace > .zero {
        connection.connection?.drain(grace: grace)
      } else {
        connection.connection?.close(reason: "the client is done")
      }
    }
    tellClosed()
  }

  private func tellClosed() {
    guard connections.isEmpty else { return }
    let waiters = closeWaiters
    closeWaiters = []
    for continuation in waiters { continuation.resume() }
  }
}
