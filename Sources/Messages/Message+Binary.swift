internal import CProtobuf

extension Message {
  /// Decodes one message through protobuf-c. Unknown fields are dropped, unknown enum numbers kept.
  ///
  /// `bytes` and `arena` are used until this returns and not after. Fails where the bytes are no
  /// protobuf, where they would take more memory than `MessageLimits` grants for their length, and
  /// where a string holds a NUL character or is not UTF-8.
  @inlinable
  public init(decoding bytes: UnsafeRawBufferPointer, in arena: Arena) throws(MessageError) {
    try self.init(
      decoding: bytes, in: arena, budget: MessageLimits.decodingBudget(of: bytes.count))
  }

  /// `init(decoding:in:)` with `budget` bytes to allocate.
  @inlinable
  init(
    decoding bytes: UnsafeRawBufferPointer, in arena: Arena, budget: Int
  ) throws(MessageError) {
    let mark = arena.begin(budget: budget)
    defer { arena.end(mark) }
    try self.init(unpacked: arena.unpack(bytes, as: Self.layout))
  }

  /// The message as protobuf-c encodes it, in the use of `arena` that goes on. Maps are written in
  /// the order of their keys, fields in the order of their numbers.
  @inlinable
  public func encoding(in arena: Arena) -> MessageEncoding {
    MessageEncoding(packed(in: arena))
  }

  /// Encodes the message: `body` is told its size and given a function that writes exactly so many
  /// bytes where it is told to, as often as it likes until it returns.
  @inlinable
  public func withEncoded<R, E: Error>(
    in arena: Arena,
    _ body: (_ size: Int, _ pack: (UnsafeMutableRawPointer) -> Void) throws(E) -> R
  ) throws(E) -> R {
    let mark = arena.beginEncoding()
    defer { arena.end(mark) }
    let encoding = encoding(in: arena)
    return try body(encoding.count) { encoding.write(to: $0) }
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
