import Cryptography
import EventLoop
@_spi(Frames) import Wire

/// Where a connection stands: which frames may come, which streams may open, what each side has
/// announced. A value: no I/O, and the caller brings the time.
struct ConnectionState {
  enum Role: CaseIterable { case client, server }

  enum Phase: Int, Comparable, CaseIterable {
    /// TCP is on its way (client). -> `handshaking`, -> `closed`.
    case connecting
    /// TLS is on its way. -> `open`, -> `closed`.
    case handshaking
    /// Frames flow. -> `closing` when we end it, -> `closed` when the peer does or the socket
    /// fails.
    case open
    /// Our GOAWAY is on its way; what comes is discarded. -> `closed`.
    case closing
    /// The descriptor is closed.
    case closed

    static func < (a: Phase, b: Phase) -> Bool { a.rawValue < b.rawValue }

    /// Whether `next` may follow.
    func mayAdvance(to next: Phase) -> Bool {
      switch self {
      case .connecting: next == .handshaking || next == .closed
      case .handshaking: next == .open || next == .closed
      case .open: next == .closing || next == .closed
      case .closing: next == .closed
      case .closed: false
      }
    }
  }

  /// How far a drain of ours is.
  enum Drain: CaseIterable {
    /// None was begun. -> `announced` (server), `final` (client).
    case none
    /// Server: a GOAWAY that lets every stream in has gone; a round trip is waited for. -> `final`.
    case announced
    /// The last stream that is served is named. The connection closes with the last that is open.
    case final

    /// Whether `next` may follow on this side.
    func mayAdvance(to next: Drain, role: Role) -> Bool {
      switch (self, next) {
      case (.none, .announced), (.announced, .final): role == .server
      case (.none, .final): role == .client
      default: false
      }
    }
  }

  let role: Role
  private(set) var phase: Phase
  private(set) var drain = Drain.none
  private(set) var peerSettings = Settings()
  private(set) var hasPeerSettings = false
  /// Server: the highest stream that the client opened.
  private(set) var highestOpened: UInt32 = 0
  /// Client: the number of the next stream.
  private(set) var nextStream: UInt32
  /// The last stream that the GOAWAY we sent lets in; nil: none was sent.
  private(set) var sentLastStream: UInt32?
  /// The last stream that the GOAWAY we got lets in; nil: none came.
  private(set) var receivedLastStream: UInt32?
  /// Messages of the peer that have begun and not ended.
  private(set) var messagesInParts = 0
  private var faults: RateBudget
  private var pings: RateBudget
  private var postHandshake: RateBudget

  /// - Parameter nextStream: where a client begins to number its streams.
  init(
    role: Role, phase: Phase, limits: TransportLimits, now: UInt64, nextStream: UInt32 = 1
  ) {
    self.role = role
    self.phase = phase
    self.nextStream = nextStream
    let period = limits.faultPeriod.clampedNanoseconds
    faults = RateBudget(
      burst: limits.faults, intervalNanoseconds: period / UInt64(max(limits.faults, 1)), now: now)
    pings = RateBudget(
      burst: limits.pingBurst, intervalNanoseconds: limits.pingInterval.clampedNanoseconds,
      now: now)
    postHandshake = RateBudget(
      burst: CryptographyLimits.postHandshakeMessages,
      intervalNanoseconds: limits.postHandshakeInterval.clampedNanoseconds, now: now)
  }

  /// A GOAWAY went either way.
  var isDraining: Bool { sentLastStream != nil || receivedLastStream != nil }

  /// Phases only go forward, as each of them says.
  mutating func advance(to next: Phase) {
    precondition(phase.mayAdvance(to: next), "a connection's phase goes forward")
    phase = next
  }

  /// Takes the next step of a drain. False, and nothing changes, where that may not follow.
  mutating func advanceDrain(to next: Drain) -> Bool {
    guard phase == .open, drain.mayAdvance(to: next, role: role) else { return false }
    drain = next
    return true
  }

  // MARK: Frames

  /// Whether a frame of this type may come now.
  func check(_ type: FrameType) throws(ConnectionError) {
    if !hasPeerSettings {
      guard type == .settings else { throw .violation("the first frame is not SETTINGS") }
      return
    }
    switch type {
    case .settings:
      throw .violation("SETTINGS twice")
    case .open, .credentials:
      guard role == .server else { throw .violation("\(type) from a server") }
    case .status:
      guard role == .client else { throw .violation("STATUS from a client") }
    case .data, .window, .reset, .ping, .pong, .goaway:
      break
    }
  }

  /// Takes the peer's SETTINGS; returns by how much the credit of streams and of the connection
  /// grew.
  mutating func receive(_ settings: Settings) -> (streamBytes: Int, connectionBytes: Int) {
    let old = peerSettings
    peerSettings = settings
    hasPeerSettings = true
    return (
      settings.streamCreditBytes - old.streamCreditBytes,
      settings.connectionCreditBytes - old.connectionCreditBytes
    )
  }

  // MARK: Streams

  /// Notes that the client opens `id`. False: it came after the last stream of our GOAWAY.
  mutating func receiveOpen(_ id: UInt32) throws(ConnectionError) -> Bool {
    guard id > highestOpened else {
      throw .violation("OPEN of stream \(id) after \(highestOpened)")
    }
    highestOpened = id
    return id <= sentLastStream ?? .max
  }

  /// Whether `id` was never used: a frame for it is a violation. Otherwise the stream is over,
  /// and the frame was on its way when it ended.
  func isIdle(_ id: UInt32) -> Bool {
    role == .server ? id > highestOpened : id >= nextStream
  }

  /// Takes the number of a new stream (client); nil when all are used up or a GOAWAY went either
  /// way.
  mutating func takeStreamID() -> UInt32? {
    guard !isDraining, nextStream <= WireLimits.maximumStreamID else { return nil }
    defer { nextStream += 2 }
    return nextStream
  }

  /// A message in parts begins.
  mutating func beginParts() throws(ConnectionError) {
    guard messagesInParts < WireLimits.messagesInParts else {
      throw .violation("more than \(WireLimits.messagesInParts) messages in parts at a time")
    }
    messagesInParts += 1
  }

  /// One of them ended, or its stream did.
  mutating func endParts() {
    assert(messagesInParts > 0, "no message in parts")
    messagesInParts -= 1
  }

  // MARK: Ending

  /// Notes a GOAWAY of ours. `lastStream` may only go down.
  mutating func sendGoAway(lastStream: UInt32) {
    sentLastStream = min(lastStream, sentLastStream ?? .max)
  }

  /// Notes a GOAWAY of the peer, whose last stream may only go down.
  mutating func receiveGoAway(lastStream: UInt32) throws(ConnectionError) {
    if let earlier = receivedLastStream, lastStream > earlier {
      throw .violation("GOAWAY lets in more than the one before")
    }
    receivedLastStream = lastStream
  }

  // MARK: Rates

  /// Counts a reset by the peer, or a stream error that it caused.
  mutating func countFault(now: UInt64) throws(ConnectionError) {
    guard faults.take(now: now) else {
      throw ConnectionError(.excessiveLoad, "too many resets and stream errors")
    }
  }

  /// Counts a PING.
  mutating func countPing(now: UInt64) throws(ConnectionError) {
    guard pings.take(now: now) else { throw ConnectionError(.excessiveLoad, "too many PINGs") }
  }

  /// Counts messages of TLS that came after its handshake.
  mutating func countPostHandshake(_ messages: Int, now: UInt64) throws(ConnectionError) {
    for _ in 0..<messages {
      guard postHandshake.take(now: now) else {
        throw ConnectionError(.excessiveLoad, "too many key updates and tickets of TLS")
      }
    }
  }
}
