internal import CMessages

/// A point in time, `google.protobuf.Timestamp`: seconds and nanoseconds since 1970-01-01 in UTC.
public struct Timestamp: Sendable, Hashable {
  /// From -62,135,596,800 (year 1) to 253,402,300,799 (the end of year 9999).
  public var seconds: Int64
  /// 0 to 999,999,999, also before 1970.
  public var nanos: Int32

  /// 1970-01-01T00:00:00Z.
  public init() {
    seconds = 0
    nanos = 0
  }

  public init(seconds: Int64, nanos: Int32 = 0) {
    self.seconds = seconds
    self.nanos = nanos
  }

  /// Microseconds since 1970, which is what databases keep.
  public init(microseconds: Int64) {
    let (quotient, remainder) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
    let borrows = remainder < 0
    seconds = quotient - (borrows ? 1 : 0)
    nanos = Int32(remainder + (borrows ? 1_000_000 : 0)) * 1000
  }

  /// Microseconds since 1970; what does not fit in 64 bits becomes the nearest that does.
  public var microseconds: Int64 {
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
    let (sum, overflow2) = product.addingReportingOverflow(Int64(nanos / 1000))
    return overflow || overflow2 ? (seconds < 0 ? .min : .max) : sum
  }

  /// Whether both numbers are in the ranges that protobuf gives them.
  public var isValid: Bool {
    (-62_135_596_800...253_402_300_799).contains(seconds) && (0..<1_000_000_000).contains(nanos)
  }
}

extension Timestamp: Comparable {
  public static func < (lhs: Timestamp, rhs: Timestamp) -> Bool {
    (lhs.seconds, lhs.nanos) < (rhs.seconds, rhs.nanos)
  }
}

extension Timestamp: Message {
  public static let descriptor = MessageDescriptor(
    fullName: "google.protobuf.Timestamp",
    fields: [
      FieldDescriptor(
        number: 1, name: "seconds", jsonName: "seconds", kind: .int64, label: .singular),
      FieldDescriptor(number: 2, name: "nanos", jsonName: "nanos", kind: .int32, label: .singular),
    ])

  public static let layout = MessageLayout(google__protobuf__timestamp__init)

  public init(unpacked pointer: UnsafeRawPointer) throws(MessageError) {
    let c = pointer.assumingMemoryBound(to: Google__Protobuf__Timestamp.self)
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
    guard case .string(let text) = json, let value = Timestamp(rfc3339: text) else {
      throw json.mismatch("a time such as \"2026-01-31T12:30:00.5Z\"")
    }
    self = value
  }
}
