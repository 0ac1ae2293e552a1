/// When each obligation of a connection is due. One timer serves all: it is set for the earliest,
/// and one that was met in time only costs a comparison when that timer fires.
struct Deadlines {
  enum Kind: Int, CaseIterable {
    /// The end of the TLS handshake.
    case handshake
    /// The first whole frame.
    case firstFrame
    /// The last byte of the frame that has begun.
    case frame
    /// The next frame of a message in parts.
    case message
    /// The peer to read something.
    case write
    /// The next look whether the peer is silent.
    case keepalive
    /// The answer to a keepalive's PING.
    case pong
    /// The drain because of age.
    case age
    /// The round trip between the GOAWAYs of a drain.
    case drainRoundTrip
    /// The end of a drain's grace.
    case drainGrace
    /// The peer to close.
    case linger
  }

  private static let never = UInt64.max
  private var due = InlineArray<11, UInt64>(repeating: Deadlines.never)

  /// Sets `kind` for `time`, in nanoseconds of the loop's clock.
  mutating func set(_ kind: Kind, at time: UInt64) { due[kind.rawValue] = time }

  mutating func clear(_ kind: Kind) { due[kind.rawValue] = Self.never }

  func isSet(_ kind: Kind) -> Bool { due[kind.rawValue] != Self.never }

  /// The earliest; nil when none is set.
  var earliest: UInt64? {
    var result = Self.never
    for index in due.indices { result = min(result, due[index]) }
    return result == Self.never ? nil : result
  }

  /// Takes one that is due.
  mutating func takeDue(now: UInt64) -> Kind? {
    for kind in Kind.allCases where due[kind.rawValue] <= now {
      clear(kind)
      return kind
    }
    return nil
  }
}
