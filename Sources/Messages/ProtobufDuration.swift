internal import CMessages

/// A span of time, `google.protobuf.Duration`.
public struct ProtobufDuration: Sendable, Hashable {
  /// From -315,576,000,000 to 315,576,000,000 (10,000 years).
  public var seconds: Int64
  /// -999,999,999 to 999,999,999, with the sign of `seconds` unless that is 0.
  public var nanos: Int32

  /// No time.
  public init() {
    seconds = 0
    nanos = 0
  }

  public init(seconds: Int64, nanos: Int32 = 0) {
    self.seconds = seconds
    self.nanos = nanos
  }

  /// The same span in whole nanoseconds; what is beyond 10,000 years becomes that.
  public init(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    if seconds.magnitude >= UInt64(Self.secondsAtMost) {
      self.init(seconds: seconds < 0 ? -Self.secondsAtMost : Self.secondsAtMost)
    } else {
      self.init(seconds: seconds, nanos: Int32(attoseconds / 1_000_000_000))
    }
  }

  /// Whether both numbers are in the ranges that protobuf gives them, with the same sign.
  public var isValid: Bool {
    (-Self.secondsAtMost...Self.secondsAtMost).contains(seconds)
      && (-999_999_999...999_999_999).contains(nanos)
      && (seconds == 0 || nanos == 0 || (seconds < 0) == (nanos < 0))
  }

  private static let secondsAtMost: Int64 = 315_576_000_000
}

extension Duration {
  /// The same span.
  public init(_ duration: ProtobufDuration) {
    self = .seconds(duration.seconds) + .nanoseconds(duration.nanos)
  }
}

extension ProtobufDuration: CustomStringConvertible {
  /// As in JSON: `1.500s`.
  public var description: String {
    let sign = seconds < 0 || (seconds == 0 && nanos < 0) ? "-" : ""
    return "\(sign)\(seconds.magnitude)\(SecondFraction.text(nanos))s"
  }

  /// Reads `1.5s`; nil where it is not that, or beyond 10,000 years.
  public init?(text: String) {
    var scanner = DigitScanner(text)
    let isNegative = scanner.take("-")
    guard let seconds = scanner.number(atMost: 12), let nanos = scanner.fraction(),
      scanner.take("s"), scanner.isAtEnd
    else { return nil }
    self.init(seconds: isNegative ? -seconds : seconds, nanos: isNegative ? -nanos : nanos)
    guard isValid else { return nil }
  }
}

extension ProtobufDuration: Message {
  public static let descriptor = MessageDescriptor(
    fullName: "google.protobuf.Duration",
    fields: [
      FieldDescriptor(
        number: 1, name: "seconds", jsonName: "seconds", kind: .int64, label: .singular),
      FieldDescriptor(number: 2, name: "nanos", jsonName: "nanos", kind: .int32, label: .singular),
    ])

  public static let layout = MessageLayout(google__protobuf__duration__init)

  public init(unpacked pointer: UnsafeRawPointer) throws(MessageError) {
    let c = pointer.assumingMemoryBound(to: Google__Protobuf__Duration.self)
    seconds = c.pointee.seconds
    nanos = c.pointee.nanos
  }

  public var encodedBytes: Int { WireSizer.bytes { writeFields(to: &$0) } }

  public func write(to target: UnsafeMutableRawPointer) {
    WireCursor.write(at: target) { writeFields(to: &$0) }
  }

  @inline(__always)
  private func writeFields(to sink: inout some FieldSink) {
    sink.field(1, seconds)
    sink.field(2, nanos)
  }

  public func writeJSON(to json: inout JSONWriter) { json.string(description) }

  public init(json: JSONValue) throws(MessageError) {
    guard case .string(let text) = json, let value = ProtobufDuration(text: text) else {
      throw json.mismatch("a span of time such as \"1.5s\"")
    }
    self = value
  }
}
