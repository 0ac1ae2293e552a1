/// The head of a received OPEN, still in the read buffer:
///
///     timeout u64 (microseconds, 0: none) | method length u16 | metadata length u16 | method |
///     metadata
@_spi(Frames)
public struct OpenHeadView {
  /// Microseconds left for the call when it was sent; 0: no deadline.
  public let timeoutMicroseconds: UInt64
  /// `package.Service/Method`; printable ASCII.
  public let method: UnsafeRawBufferPointer
  public let metadata: MetadataView

  /// Takes the head off the front of an OPEN's payload and leaves the message's bytes in `rest`.
  @inlinable
  public static func parse(
    _ payload: UnsafeRawBufferPointer
  ) throws(FrameError) -> (head: OpenHeadView, rest: UnsafeRawBufferPointer) {
    var cursor = ByteCursor(payload)
    guard let timeout = cursor.uint64(), let methodBytes = cursor.uint16(),
      let metadataBytes = cursor.uint16(), let method = cursor.bytes(Int(methodBytes)),
      let metadata = cursor.bytes(Int(metadataBytes))
    else { throw .malformed("OPEN is shorter than its head") }
    guard isMethod(method) else { throw .malformed("OPEN's method is not valid") }
    let head = OpenHeadView(
      timeoutMicroseconds: timeout, method: method,
      metadata: try MetadataView(checking: metadata))
    return (head, cursor.rest())
  }

  @usableFromInline
  init(
    timeoutMicroseconds: UInt64, method: UnsafeRawBufferPointer, metadata: MetadataView
  ) {
    self.timeoutMicroseconds = timeoutMicroseconds
    self.method = method
    self.metadata = metadata
  }

  /// Bytes of the metadata as encoded.
  package var metadataBytes: Int { metadata.bytes.count }

  /// The method's name, copied.
  package var methodName: String { String(decoding: method, as: UTF8.self) }

  /// The time left when the call was sent. Saturates at the most that Int64 microseconds hold.
  package var timeout: Duration? {
    timeoutMicroseconds == 0 ? nil : .microseconds(Int64(clamping: timeoutMicroseconds))
  }

  /// A copy that may be kept.
  package var owned: OpenHead {
    OpenHead(method: methodName, timeout: timeout, metadata: metadata.metadata)
  }

  /// Printable ASCII, without the space.
  @inlinable
  static func isMethod(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count > 0, bytes.count <= WireLimits.methodBytes else { return false }
    var index = 0
    // Eight at a time: a high bit is left where a byte is below 0x21, above 0x7e or not ASCII.
    while bytes.count &- index >= 8 {
      let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      let low = (word | 0x8080_8080_8080_8080) &- 0x2121_2121_2121_2121
      let high = (word & 0x7f7f_7f7f_7f7f_7f7f) &+ 0x0101_0101_0101_0101
      guard (~low | high | word) & 0x8080_8080_8080_8080 == 0 else { return false }
      index &+= 8
    }
    while index < bytes.count {
      if bytes[index] &- 0x21 > 0x7e - 0x21 { return false }
      index &+= 1
    }
    return true
  }
}
