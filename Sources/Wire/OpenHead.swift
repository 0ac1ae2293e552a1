/// The head of an OPEN frame as its sender has it.
package struct OpenHead: Sendable, Equatable {
  /// `package.Service/Method`, 1 to 255 printable ASCII bytes.
  package var method: String
  /// Time left for the call; nil: no deadline. Sent in whole microseconds, at least one.
  package var timeout: Duration?
  package var metadata: Metadata

  package init(method: String, timeout: Duration? = nil, metadata: Metadata = Metadata()) {
    self.method = method
    self.timeout = timeout
    self.metadata = metadata
  }

  /// Bytes of the head as encoded.
  package var encodedBytes: Int { 12 + method.utf8.count + metadata.encodedBytes }

  /// Whether method and metadata are such that they may travel.
  package var isEncodable: Bool {
    var method = method
    return method.withUTF8 { OpenHeadView.isMethod(UnsafeRawBufferPointer($0)) }
      && metadata.isEncodable
  }

  /// Writes the head. The caller has checked `isEncodable`.
  package func write(to sink: inout ByteSink) {
    sink.uint64(timeout.map(Self.microseconds) ?? 0)
    sink.uint16(UInt16(method.utf8.count))
    sink.uint16(UInt16(metadata.encodedBytes))
    sink.utf8(method)
    metadata.write(to: &sink)
  }

  /// Whole microseconds, rounded up, at least one; a duration past what UInt64 holds saturates.
  package static func microseconds(_ duration: Duration) -> UInt64 {
    let (seconds, attoseconds) = duration.components
    guard seconds >= 0, attoseconds >= 0 else { return 1 }
    let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000)
    let fraction = UInt64((attoseconds + 999_999_999_999) / 1_000_000_000_000)
    let (sum, carry) = whole.addingReportingOverflow(fraction)
    return overflow || carry ? .max : max(sum, 1)
  }
}
