import EventLoop
@_spi(Frames) import Wire

extension Connection {
  func setDeadline(_ kind: Deadlines.Kind, after delay: Duration) {
    setDeadline(kind, afterNanoseconds: delay.clampedNanoseconds)
  }

  func setDeadline(_ kind: Deadlines.Kind, afterNanoseconds delay: UInt64) {
    let (time, overflow) = loop.nanoseconds.addingReportingOverflow(delay)
    deadlines.set(kind, at: overflow ? .max - 1 : time)
    arm()
  }

  /// Sets the timer for the earliest deadline. One that fires earlier than needed arms the next.
  private func arm() {
    guard state.phase != .closed, let earliest = deadlines.earliest,
      earliest < timerDueNanoseconds
    else { return }
    if let timer { loop.cancel(timer) }
    timerDueNanoseconds = earliest
    let now = loop.nanoseconds
    let delay = Duration.nanoseconds(Int64(clamping: earliest > now ? earliest - now : 0))
    // Not weak, which would make every retain of a connection slow: its end takes the timer back.
    timer = loop.schedule(after: delay) { self.timerFired() }
  }

  func disarm() {
    if let timer { loop.cancel(timer) }
    timer = nil
    timerDueNanoseconds = .max
  }

  private func timerFired() {
    timer = nil
    timerDueNanoseconds = .max
    while state.phase != .closed, let kind = deadlines.takeDue(now: loop.nanoseconds) {
      passed(kind)
    }
    arm()
  }

  private func passed(_ kind: Deadlines.Kind) {
    switch kind {
    case .handshake: terminate("the handshake took too long")
    case .firstFrame: close(code: .timeout, reason: "no SETTINGS came")
    case .frame where isReadPaused: setDeadline(.frame, after: limits.progressTimeout)
    case .frame: close(code: .timeout, reason: "a frame was begun and not ended")
    case .message where isReadPaused: setDeadline(.message, after: limits.progressTimeout)
    case .message: messageIsDue()
    // A GOAWAY would only join what is not read.
    case .write: terminate("the peer does not read")
    case .keepalive: keepAlive()
    case .pong: pongIsDue()
    case .age: drain(grace: limits.connectionAgeGrace)
    case .drainRoundTrip: sendLastGoAway()
    case .drainGrace: endDrainGrace()
    case .linger: terminate("the peer did not close")
    }
  }

  /// Each message in parts has its own time, and only this looks which is the earliest: what every
  /// part costs is a note of when it came.
  private func messageIsDue() {
    let now = loop.nanoseconds
    let timeout = limits.progressTimeout.clampedNanoseconds
    // While a peer was not read from it could not go on.
    let begin = readResumedNanoseconds
    let waited = streams.ids.compactMap { id -> UInt64? in
      guard let slot = streams.find(id), slot.pointee.state.isReceivingMessage else { return nil }
      return slot.pointee.flow.map { now - min(now, max($0.partNanoseconds, begin)) }
    }
    guard let longest = waited.max() else { return }
    guard longest < timeout else {
      return close(code: .timeout, reason: "a message was begun and not ended")
    }
    setDeadline(.message, afterNanoseconds: timeout - longest)
  }

  // MARK: Keepalive

  private func keepAlive() {
    guard state.phase == .open, let interval = keepaliveNanoseconds else { return }
    let now = loop.nanoseconds
    let silent = now > lastReadNanoseconds ? now - lastReadNanoseconds : 0
    guard silent >= interval else {
      return setDeadline(.keepalive, afterNanoseconds: interval - silent)
    }
    setDeadline(.keepalive, afterNanoseconds: interval)
    // One that is on its way is answer enough.
    guard !deadlines.isSet(.pong) else { return }
    if pingWaiters == nil { ping { _ in } }
    setDeadline(.pong, after: limits.keepaliveTimeout)
  }

  /// Never more often than the peer said it puts up with.
  private var keepaliveNanoseconds: UInt64? {
    guard let interval = limits.keepaliveInterval else { return nil }
    let least = UInt64(clamping: state.peerSettings.pingIntervalMilliseconds) * 1_000_000
    return max(interval.clampedNanoseconds, least)
  }

  private func pongIsDue() {
    // Any byte is a sign of life, and a peer that is not read from cannot give one.
    guard lastReadNanoseconds < pingSentNanoseconds, !isReadPaused else { return }
    close(code: .timeout, reason: "no answer to a keepalive")
  }

  /// Measures a round trip; nil when the connection closed first. One PING is in flight at a time:
  /// others wait for the next.
  package func ping(_ completion: @escaping (Duration?) -> Void) {
    loop.assertCurrent()
    guard state.phase == .open else { return completion(nil) }
    guard pingWaiters == nil else { return nextPingWaiters.append(completion) }
    sendPing([completion])
  }

  private func sendPing(_ waiters: [(Duration?) -> Void]) {
    pingWaiters = waiters
    pingPayload &+= 1
    pingSentNanoseconds = loop.nanoseconds
    appendControl(ControlFrames.pingBytes) {
      ControlFrames.writePing(.ping, payload: pingPayload, to: $0)
    }
  }

  func receivePong(_ payload: UInt64) {
    guard payload == pingPayload, let waiters = pingWaiters else { return }
    deadlines.clear(.pong)
    pingWaiters = nil
    if !nextPingWaiters.isEmpty {
      let next = nextPingWaiters
      nextPingWaiters = []
      sendPing(next)
    }
    let elapsed = loop.nanoseconds - min(pingSentNanoseconds, loop.nanoseconds)
    for waiter in waiters { waiter(.nanoseconds(Int64(clamping: elapsed))) }
  }

  /// Tells who waits for a PONG that none will come.
  func failPings() {
    let waiters = (pingWaiters ?? []) + nextPingWaiters
    pingWaiters = nil
    nextPingWaiters = []
    for waiter in waiters { waiter(nil) }
  }
}
