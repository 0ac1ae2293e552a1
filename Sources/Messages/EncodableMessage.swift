/// What can be sent as a message: every `Message`, and what has the bytes of one already.
public protocol EncodableMessage: Sendable {
  /// Bytes of the encoding.
  var encodedBytes: Int { get }

  /// Writes exactly `encodedBytes` bytes to `target`.
  func write(to target: UnsafeMutableRawPointer)
}

extension EncodableMessage {
  /// The encoding. A server writes it where it is sent from instead.
  @inlinable
  public func serialized() -> [UInt8] {
    let size = encodedBytes
    return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      if let start = buffer.baseAddress { write(to: start) }
      count = size
    }
  }
}
