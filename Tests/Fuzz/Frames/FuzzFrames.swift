@_spi(Frames) import Wire

/// Frames from any bytes: parsing never traps and never reads past the end, and what a payload was
/// read as is written as the same bytes again, or as bytes that are read as the same.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzFrames(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  let bytes = UnsafeRawBufferPointer(start: data, count: count)
  var offset = 0
  do {
    while let frame = try Frame.parse(UnsafeRawBufferPointer(rebasing: bytes[offset...])) {
      offset += frame.header.frameBytes
      try FramePayload.check(frame)
    }
  } catch {
    // Refused with a reason for the GOAWAY.
    precondition(!error.reason.isEmpty && error.closeCode != .noError)
  }
  return 0
}
