import EventLoop
import Wire

extension ChannelCore {
  // MARK: Towards a connection

  /// Looks the servers up and connects.
  func connect() {
    state = .resolving
    resolve()
    showState()
  }

  /// A call needs a connection and there is none. False: none is on its way, and what failed did so
  /// just now.
  func connectForCall() -> Bool {
    switch state {
    case .idle:
      connect()
      return true
    case .resolving:
      return true
    case .pausing(let timer, let failedAt):
      guard isOld(failedAt) else { return false }
      loop.cancel(timer)
      connect()
      return true
    case .active where round != nil:
      return true
    case .active:
      for subchannel in subchannels where !subchannel.isConnecting && isOld(subchannel.failedAt) {
        subchannel.forgetFailure()
        subchannel.connect()
      }
      showState()
      return subchannels.contains { $0.isConnecting }
    case .closed:
      return false
    }
  }

  /// A failure of that time does not speak for a call that comes now.
  private func isOld(_ failedAt: UInt64) -> Bool {
    loop.nanoseconds &- failedAt >= ClientLimits.connectFailureLifetime.clampedNanoseconds
  }

  /// The addresses are known: goes on its way to them.
  func connectAfterResolution() {
    if options.balancing == .pickFirst {
      guard case .resolving = state else { return }
      for subchannel in subchannels { subchannel.forgetFailure() }
      state = .active
      round = ConnectRound()
      tryNext()
    } else {
      state = .active
      for subchannel in subchannels where !subchannel.isReady && subchannel.failure == nil {
        subchannel.connect()
      }
    }
  }

  /// `pickFirst`: the next address, beside those that are being tried.
  private func tryNext() {
    guard var current = round else { return }
    if let stagger = current.stagger { loop.cancel(stagger) }
    current.stagger = nil
    guard current.next < subchannels.count else {
      round = current
      if !subchannels.contains(where: { $0.isConnecting }) { roundFailed(failure) }
      return
    }
    let subchannel = subchannels[current.next]
    current.next += 1
    if current.next < subchannels.count {
      current.stagger = loop.schedule(after: ClientLimits.connectStagger) {
        self.round?.stagger = nil
        self.tryNext()
      }
    }
    // Before the attempt, which may fail at once.
    round = current
    subchannel.connect()
  }

  private func endRound() {
    if let stagger = round?.stagger { loop.cancel(stagger) }
    round = nil
  }

  /// Nothing is left to try: pauses, and tells the calls that do not wait longer.
  func roundFailed(_ status: RPCStatus) {
    endRound()
    let pause = backoff.next(random: .random(in: 0..<1))
    let timer = loop.schedule(after: pause) { self.connect() }
    state = .pausing(timer, failedAt: loop.nanoseconds)
    tellFailure(status)
  }

  private func tellFailure(_ status: RPCStatus) {
    lastFailure = status
    tellOutcome(status)
    failWaiting(status, all: false)
    showState()
  }

  /// Why there is no connection: each server once, by its last reason.
  var failure: RPCStatus {
    var reasons: [(endpoint: Target.Endpoint, text: String)] = resolutionFailures.map {
      let server = options.serverName ?? $0.endpoint.host
      return (
        $0.endpoint,
        "cannot connect to \($0.endpoint): \(ConnectFailure.text($0.reason, server: server))"
      )
    }
    for subchannel in subchannels {
      guard let text = subchannel.failure else { continue }
      let endpoint = subchannel.server.endpoint
      if let index = reasons.firstIndex(where: { $0.endpoint == endpoint }) {
        reasons[index].text = text
      } else {
        reasons.append((endpoint, text))
      }
    }
    return RPCStatus(.unavailable, reasons.map(\.text).joined(separator: "; "))
  }

  // MARK: From subchannels

  func established(_ subchannel: SubChannel) {
    if case .closed = state { return }
    lastFailure = nil
    state = .active
    if options.balancing == .pickFirst {
      endRound()
      for other in subchannels where other !== subchannel { other.cancelAttempt() }
    }
    tellOutcome(nil)
    showState()
    startWaiting()
    trimLater()
  }

  func attemptFailed(_ subchannel: SubChannel) {
    guard !subchannel.isRetired else { return }
    if options.balancing == .pickFirst { return tryNext() }
    subchannel.connectLater()
    resolveSoon()
    tellIfAllFailed()
    showState()
  }

  /// A server has no connection any more.
  func lost(_ subchannel: SubChannel, reconnectsAtOnce: Bool) {
    if case .closed = state { return }
    let status = RPCStatus(.unavailable, subchannel.failure ?? "the connection was lost")
    lastFailure = status
    switch (options.balancing, reconnectsAtOnce) {
    case (.pickFirst, true):
      backoff.reset()
      connect()
    case (.pickFirst, false):
      roundFailed(status)
    case (_, true):
      resolveSoon()
      subchannel.forgetFailure()
      subchannel.connect()
    case (_, false):
      resolveSoon()
      subchannel.connectLater()
      tellIfAllFailed()
    }
    showState()
    // Its calls may go elsewhere.
    startWaiting()
  }

  private func tellIfAllFailed() {
    guard !isReady, subchannels.allSatisfy({ $0.failure != nil }) else { return }
    tellFailure(failure)
  }

  func keep(_ connection: ClientConnection) {
    connections[ObjectIdentifier(connection)] = connection
  }

  func release(_ connection: ClientConnection) {
    connections[ObjectIdentifier(connection)] = nil
  }

  // MARK: The state that others see

  func showState() { board.show(visibleState) }

  private var visibleState: ChannelState {
    if isReady { return .ready }
    switch state {
    case .closed: return .shutdown
    case .idle: return .idle
    case .resolving: return .connecting
    case .active where subchannels.contains(where: { $0.isConnecting }): return .connecting
    case .active, .pausing: return .transientFailure(lastFailure ?? failure)
    }
  }

  // MARK: Waiting for the first connection

  /// Tells `waiter` how the round ends that goes on or begins now.
  func tell(_ waiter: FirstOutcome) {
    if isReady { return waiter.resume(nil) }
    switch state {
    case .closed: return waiter.resume(Self.closedStatus)
    case .pausing: return waiter.resume(lastFailure)
    case .idle: connect()
    case .resolving, .active: break
    }
    outcomeWaiters[ObjectIdentifier(waiter)] = waiter
  }

  func forget(_ waiter: FirstOutcome) {
    outcomeWaiters[ObjectIdentifier(waiter)] = nil
    waiter.resume(RPCStatus(.cancelled, "the caller gave up"))
  }

  func tellOutcome(_ status: RPCStatus?) {
    guard !outcomeWaiters.isEmpty else { return }
    let waiters = outcomeWaiters.values
    outcomeWaiters = [:]
    for waiter in waiters { waiter.resume(status) }
  }
}
