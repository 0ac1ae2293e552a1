internal import CProtobuf

/// A message ready to be written as protobuf: valid until the use of the arena that it lies in
/// ends.
public struct MessageEncoding {
  private let message: UnsafePointer<ProtobufCMessage>
  /// Bytes of the encoding.
  public let count: Int

  /// - Parameter message: the C struct that `Message.packed(in:)` made.
  @usableFromInline
  init(_ message: UnsafeMutableRawPointer) {
    self.message = UnsafePointer(message.assumingMemoryBound(to: ProtobufCMessage.self))
    count = protobuf_c_message_get_packed_size(self.message)
  }

  /// Writes `count` bytes to `target`.
  public func write(to target: UnsafeMutableRawPointer) {
    _ = protobuf_c_message_pack(message, target.assumingMemoryBound(to: UInt8.self))
  }
}
