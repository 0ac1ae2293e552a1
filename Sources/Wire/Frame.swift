/// One whole frame: its header and its payload, still in the read buffer.
@_spi(Frames)
public struct Frame {
  public let header: FrameHeader
  public let payload: UnsafeRawBufferPointer

  /// The frame that begins `bytes`; nil when it is not whole yet. Its header is judged as soon as
  /// the header is there, whether or not the payload is.
  @inlinable
  public static func parse(_ bytes: UnsafeRawBufferPointer) throws(FrameError) -> Frame? {
    guard let header = try FrameHeader.parse(bytes), bytes.count >= header.frameBytes else {
      return nil
    }
    let payload = UnsafeRawBufferPointer(
      rebasing: bytes[WireLimits.headerBytes..<header.frameBytes])
    return Frame(header: header, payload: payload)
  }

  @usableFromInline
  init(header: FrameHeader, payload: UnsafeRawBufferPointer) {
    self.header = header
    self.payload = payload
  }
}
