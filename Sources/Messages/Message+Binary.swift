internal import CProtobuf

extension Message {
  /// Decodes one message through protobuf-c. Unknown fields are dropped, unknown enum numbers kept.
  ///
  /// `bytes` and `arena` are used until this returns and not after. Fails where the bytes are no
  /// protobuf, where they would take more memory than `MessageLimits` grants for their length, and
  /// where a string holds a NUL character or is not UTF-8.
  public init(decoding bytes: UnsafeRawBufferPointer, in arena: Arena) throws(MessageError) {
    // No overflow: a buffer in memory is far below 2^59 bytes.
    let budget =
      MessageLimits.decodingBytesAtLeast + MessageLimits.decodingBytesPerInputByte * bytes.count
    try self.init(decoding: bytes, in: arena, budget: budget)
  }

  /// `init(decoding:in:)` with `budget` bytes to allocate.
  init(
    decoding bytes: UnsafeRawBufferPointer, in arena: Arena, budget: Int
  ) throws(MessageError) {
    self = try arena.use(budget: budget) { allocator throws(MessageError) in
      let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
      guard
        let message = protobuf_c_message_unpack(
          Self.layout.descriptor, allocator, bytes.count, start)
      else {
        throw MessageError(
          problem: arena.isExhausted
            ? "takes more memory than its length allows"
            : "is not a protobuf encoding of \(Self.descriptor.fullName)")
      }
      return try Self(unpacked: UnsafeRawPointer(message))
    }
  }

  /// Encodes the message: `body` is told its size and given a function that writes exactly so many
  /// bytes where it is told to, as often as it likes until it returns. Maps are written in the
  /// order of their keys, fields in the order of their numbers.
  public func withEncoded<R, E: Error>(
    in arena: Arena,
    _ body: (_ size: Int, _ pack: (UnsafeMutableRawPointer) -> Void) throws(E) -> R
  ) throws(E) -> R {
    try arena.use(budget: Int.max / 2) { _ throws(E) in
      let message = packed(in: arena).assumingMemoryBound(to: ProtobufCMessage.self)
      return try body(protobuf_c_message_get_packed_size(message)) { target in
        _ = protobuf_c_message_pack(message, target.assumingMemoryBound(to: UInt8.self))
      }
    }
  }

  /// Decodes one message. A server uses `init(decoding:in:)` with the arena of its loop.
  public init(serialized bytes: [UInt8]) throws(MessageError) {
    let arena = Arena(chunkBytes: MessageLimits.smallArenaChunkBytes)
    // withUnsafeBytes throws untyped in a generic context, hence the Result.
    let result = bytes.withUnsafeBytes { buffer in
      Result { () throws(MessageError) in try Self(decoding: buffer, in: arena) }
    }
    self = try result.get()
  }

  /// Encodes the message. A server uses `withEncoded(in:)` with the arena of its loop.
  public func serialized() -> [UInt8] {
    withEncoded(in: Arena(chunkBytes: MessageLimits.smallArenaChunkBytes)) { size, pack in
      [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
        if let start = buffer.baseAddress, size > 0 { pack(UnsafeMutableRawPointer(start)) }
        count = size
      }
    }
  }
}
