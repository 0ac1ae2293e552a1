/// The payload of a GOAWAY: `last stream u32 | code u32 | reason`.
package struct GoAway: Sendable, Equatable {
  /// Streams above this number were not and will not be handled.
  package var lastStream: UInt32
  package var code: CloseCode
  /// Words for the peer's log, at most `WireLimits.reasonBytes` of UTF-8.
  package var reason: String

  package init(lastStream: UInt32, code: CloseCode, reason: String) {
    self.lastStream = lastStream
    self.code = code
    self.reason = StatusHead.cut(reason, to: WireLimits.reasonBytes)
  }

  package var encodedBytes: Int { 8 + reason.utf8.count }

  package func write(to sink: inout ByteSink) {
    sink.uint32(lastStream)
    sink.uint32(code.rawValue)
    sink.utf8(reason)
  }

  package static func parse(
    _ payload: UnsafeRawBufferPointer
  ) throws(FrameError) -> GoAway {
    var cursor = ByteCursor(payload)
    guard let last = cursor.uint32(), let code = cursor.uint32() else {
      throw .malformed("GOAWAY is cut off")
    }
    guard last <= WireLimits.maximumStreamID else {
      throw .malformed("the top bit of GOAWAY's stream is set")
    }
    return GoAway(
      lastStream: last, code: CloseCode(rawValue: code),
      reason: String(decoding: cursor.rest(), as: UTF8.self))
  }
}
