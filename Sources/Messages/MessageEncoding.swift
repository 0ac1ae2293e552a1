internal import CProtobuf

/// A message ready to be written as protobuf: valid until the use of the arena that it lies in
/// ends, and no longer than what it was made of.
public struct MessageEncoding {
  private enum Source {
    case message(UnsafePointer<ProtobufCMessage>)
    case bytes(UnsafeRawPointer)
  }

  private let source: Source
  /// Bytes of the encoding.
  public let count: Int

  /// - Parameter message: the C struct that `Message.packed(in:)` made.
  @usableFromInline
  init(_ message: UnsafeMutableRawPointer) {
    let message = UnsafePointer(message.assumingMemoryBound(to: ProtobufCMessage.self))
    source = .message(message)
    count = protobuf_c_message_get_packed_size(message)
  }

  /// - Parameter bytes: an encoding, which outlives this value.
  init(borrowing bytes: UnsafeRawBufferPointer) {
    // An empty buffer may have no address, and nothing is read from it.
    source = .bytes(bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1).unsafelyUnwrapped)
    count = bytes.count
  }

  /// Writes `count` bytes to `target`.
  public func write(to target: UnsafeMutableRawPointer) {
    switch source {
    case .message(let message):
      _ = protobuf_c_message_pack(message, target.assumingMemoryBound(to: UInt8.self))
    case .bytes(let bytes):
      target.copyMemory(from: bytes, byteCount: count)
    }
  }
}
