/// Where a call, or other work, stands in a trace, after the W3C's Trace Context: `traceparent`.
public struct TraceContext: Sendable, Hashable {
  private let traceHigh: UInt64
  private let traceLow: UInt64
  /// The caller's span; nil: the trace begins here.
  private let parent: UInt64?
  private let span: UInt64
  private let flags: UInt8

  /// A span of the trace that a caller names.
  ///
  /// - Parameters:
  ///   - traceparent: `version-traceID-parentID-flags`. Nil for anything else, as the W3C asks.
  ///   - span: the new span's id, not zero.
  package init?(traceparent: [UInt8], span: UInt64) {
    let dash = UInt8(ascii: "-")
    guard traceparent.count >= 55, traceparent[2] == dash, traceparent[35] == dash,
      traceparent[52] == dash, let version = Self.number(traceparent[0..<2]), version != 0xff,
      // A later version may go on behind a dash; this one may not.
      traceparent.count == 55 || (version > 0 && traceparent[55] == dash),
      let high = Self.number(traceparent[3..<19]), let low = Self.number(traceparent[19..<35]),
      high | low != 0, let parent = Self.number(traceparent[36..<52]), parent != 0,
      let flags = Self.number(traceparent[53..<55])
    else { return nil }
    traceHigh = high
    traceLow = low
    self.parent = parent
    self.span = span
    // Sampled and random: the bits that are defined.
    self.flags = UInt8(flags & 3)
  }

  /// A trace that begins with this span, with random ids.
  package init(traceHigh: UInt64, traceLow: UInt64, span: UInt64, isSampled: Bool = false) {
    self.traceHigh = traceHigh
    self.traceLow = traceLow
    parent = nil
    self.span = span
    flags = isSampled ? 3 : 2
  }

  private init(_ other: TraceContext, parent: UInt64?, span: UInt64, flags: UInt8) {
    (traceHigh, traceLow) = (other.traceHigh, other.traceLow)
    self.parent = parent
    self.span = span
    self.flags = flags
  }

  /// The place that a `traceparent` names itself: of whoever wrote it.
  package init?(traceparent: String) {
    guard let read = TraceContext(traceparent: Array(traceparent.utf8), span: 1),
      let named = read.parent
    else { return nil }
    self.init(read, parent: nil, span: named, flags: read.flags)
  }

  /// A trace that begins here.
  package static func root(isSampled: Bool) -> TraceContext {
    TraceContext(
      traceHigh: .random(in: 1 ... .max), traceLow: .random(in: 0 ... .max),
      span: .random(in: 1 ... .max), isSampled: isSampled)
  }

  /// A span below this one.
  ///
  /// - Parameter span: its id, not zero; nil: a random one.
  package func child(span: UInt64? = nil) -> TraceContext {
    TraceContext(self, parent: self.span, span: span ?? .random(in: 1 ... .max), flags: flags)
  }

  /// The same, recorded or not.
  package func sampled(_ isSampled: Bool) -> TraceContext {
    TraceContext(self, parent: parent, span: span, flags: isSampled ? flags | 1 : flags & ~1)
  }

  package var hasParent: Bool { parent != nil }

  /// What a part of all traces is chosen by: the bits that the W3C wants to be random.
  package var randomBits: UInt64 { traceLow & 0x00ff_ffff_ffff_ffff }

  /// 32 hexadecimal digits.
  public var traceID: String { Self.text(traceHigh) + Self.text(traceLow) }
  /// 16 hexadecimal digits: this call.
  public var spanID: String { Self.text(span) }
  /// The call that this one is made for; nil: the trace begins here.
  public var parentID: String? { parent.map(Self.text) }
  /// Whether the caller records the trace.
  public var isSampled: Bool { flags & 1 != 0 }

  /// What calls made to serve this one say of their parent.
  public var traceparent: String {
    "00-\(traceID)-\(spanID)-0\(String(flags, radix: 16))"
  }

  /// Lower case alone, as the W3C asks.
  private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    for digit in digits {
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        value = value << 4 | UInt64(digit - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"):
        value = value << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
      default: return nil
      }
    }
    return value
  }

  private static func text(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
