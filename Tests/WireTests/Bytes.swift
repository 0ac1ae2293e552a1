@_spi(Frames) import Wire

/// Bytes from hexadecimal digits; spaces are for the reader.
func bytes(_ hex: String) -> [UInt8] {
  let digits = hex.filter { !$0.isWhitespace }.map { UInt8($0.hexDigitValue!) }
  return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

/// What `write` writes into a sink of `count` bytes.
func written(_ count: Int, _ write: (inout ByteSink) -> Void) -> [UInt8] {
  [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
    var sink = ByteSink(UnsafeMutableRawBufferPointer(buffer))
    write(&sink)
    used = sink.count
  }
}

/// A whole frame.
func frame(
  _ type: FrameType, _ flags: FrameFlags, stream: UInt32 = 0, _ payload: [UInt8]
) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: WireLimits.headerBytes)
  bytes.withUnsafeMutableBytes {
    FrameHeader(type, flags: flags, stream: stream, length: payload.count)
      .write(to: $0.baseAddress!)
  }
  return bytes + payload
}

/// A whole frame without flags.
func frame(_ type: FrameType, stream: UInt32 = 0, _ payload: [UInt8]) -> [UInt8] {
  frame(type, FrameFlags(), stream: stream, payload)
}
