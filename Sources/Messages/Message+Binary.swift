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

  /// Decodes one message. A server uses `init(decoding:in:)` with the arena of its loop.
  public init(serialized bytes: [UInt8]) throws(MessageError) {
    let arena = Arena(chunkBytes: MessageLimits.smallArenaChunkBytes)
    // withUnsafeBytes throws untyped in a generic context, hence the Result.
    let result = bytes.withUnsafeBytes { buffer in
      Result { () throws(MessageError) in try Self(decoding: buffer, in: arena) }
    }
    self = try result.get()
  }
}

/// A message within another. Fields are written in the order of their numbers, maps in that of
/// their keys.
extension Message {
  @inlinable public static var wireType: WireType { .delimited }

  /// A message that is there is never left out.
  @inlinable
  public static func isDefault(_ value: Self) -> Bool { false }

  @inlinable @inline(__always)
  public func writeValue(to sink: inout some FieldSink) { sink.delimited(self) }
}
