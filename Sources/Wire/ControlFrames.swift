/// The small frames of fixed layout: whole frames, header included, and the payloads back again.
package enum ControlFrames {
  /// Bytes of a WINDOW or RESET frame, header included.
  package static let shortBytes = WireLimits.headerBytes + 4
  /// Bytes of a PING or PONG frame, header included.
  package static let pingBytes = WireLimits.headerBytes + 8

  /// WINDOW: `bytes` more credit for `stream`, or for the connection when that is 0.
  package static func writeWindow(
    stream: UInt32, bytes: Int, to pointer: UnsafeMutableRawPointer
  ) {
    writeShort(.window, stream: stream, value: UInt32(bytes), to: pointer)
  }

  package static func writeReset(
    stream: UInt32, code: ResetCode, to pointer: UnsafeMutableRawPointer
  ) {
    writeShort(.reset, stream: stream, value: code.rawValue, to: pointer)
  }

  /// PING or PONG with its eight opaque bytes.
  package static func writePing(
    _ type: FrameType, payload: UInt64, to pointer: UnsafeMutableRawPointer
  ) {
    FrameHeader(type, length: 8).write(to: pointer)
    pointer.storeBytes(of: payload.bigEndian, toByteOffset: 12, as: UInt64.self)
  }

  /// Credit of a WINDOW: 1 to 2^31 - 1.
  package static func parseWindow(
    _ payload: UnsafeRawBufferPointer
  ) throws(FrameError) -> Int {
    var cursor = ByteCursor(payload)
    guard let bytes = cursor.uint32(), bytes >= 1, bytes <= WireLimits.maximumCreditBytes else {
      throw .malformed("WINDOW of an impossible size")
    }
    return Int(bytes)
  }

  package static func parseReset(
    _ payload: UnsafeRawBufferPointer
  ) throws(FrameError) -> ResetCode {
    var cursor = ByteCursor(payload)
    guard let code = cursor.uint32(), code != ResetCode.connectionLost.rawValue else {
      throw .malformed("RESET of an impossible code")
    }
    return ResetCode(rawValue: code)
  }

  package static func parsePing(
    _ payload: UnsafeRawBufferPointer
  ) throws(FrameError) -> UInt64 {
    var cursor = ByteCursor(payload)
    guard let value = cursor.uint64() else { throw .malformed("PING is cut off") }
    return value
  }

  private static func writeShort(
    _ type: FrameType, stream: UInt32, value: UInt32, to pointer: UnsafeMutableRawPointer
  ) {
    FrameHeader(type, stream: stream, length: 4).write(to: pointer)
    pointer.storeBytes(of: value.bigEndian, toByteOffset: 12, as: UInt32.self)
  }
}
