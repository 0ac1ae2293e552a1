public import CProtobuf

/// Memory for decoding and encoding messages: a bump allocator that protobuf-c allocates from.
///
/// One arena serves one thread (an event loop has one); it keeps its first chunk, so that a small
/// message costs no call of malloc, and gives everything back by moving one pointer. Uses nest:
/// what is encoded while another message is being decoded from the same arena is rewound first.
public final class Arena {
  /// At an address that does not move, because protobuf-c is given a pointer to it.
  private let state: UnsafeMutablePointer<ArenaState>
  /// What protobuf-c allocates with.
  private let allocator: UnsafeMutablePointer<ProtobufCAllocator>

  /// An arena whose first chunk is `chunkBytes` long.
  public init(chunkBytes: Int = MessageLimits.arenaChunkBytes) {
    state = .allocate(capacity: 1)
    state.initialize(to: ArenaState(chunkBytes: max(chunkBytes, ArenaState.alignment)))
    allocator = .allocate(capacity: 1)
    allocator.initialize(
      to: ProtobufCAllocator(
        alloc: { data, size in
          // The pointer given below; protobuf-c passes it through.
          data?.assumingMemoryBound(to: ArenaState.self).pointee.allocate(size)
        },
        free: { _, _ in },
        allocator_data: UnsafeMutableRawPointer(state)))
  }

  deinit {
    state.pointee.releaseChunks(downTo: 0)
    state.deinitialize(count: 1)
    state.deallocate()
    allocator.deallocate()
  }

  // MARK: Uses

  /// Begins a use: what is allocated until `end` is freed by it. Uses nest.
  ///
  /// - Parameter budget: bytes that protobuf-c may allocate in it.
  @usableFromInline
  func begin(budget: Int) -> Mark { state.pointee.mark(budget: budget) }

  /// Begins a use that encodes: it copies what is in memory already, so it has no bound.
  public func beginEncoding() -> Mark { begin(budget: .max / 2) }

  /// Ends the use that `mark` began, and those within it.
  public func end(_ mark: Mark) { state.pointee.rewind(to: mark) }

  /// Where a use began.
  public struct Mark {
    let chunkCount: Int
    let keptCount: Int
    let next: UnsafeMutableRawPointer
    let remaining: Int
    let isExhausted: Bool
  }

  /// The C struct of an encoded message, in the use that goes on.
  @usableFromInline
  func unpack(
    _ bytes: UnsafeRawBufferPointer, as layout: MessageLayout
  ) throws(MessageError) -> UnsafeRawPointer {
    let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    guard
      let message = protobuf_c_message_unpack(layout.descriptor, allocator, bytes.count, start)
    else {
      throw MessageError(
        problem: state.pointee.isExhausted
          ? "takes more memory than its length allows"
          : "is not a protobuf encoding of \(layout.name)")
    }
    return UnsafeRawPointer(message)
  }

  // MARK: For generated code

  /// Room for one C struct, uninitialized.
  public func allocate<C>(_: C.Type) -> UnsafeMutablePointer<C> {
    allocate(count: 1)
  }

  private func allocate<C>(count: Int) -> UnsafeMutablePointer<C> {
    precondition(MemoryLayout<C>.alignment <= ArenaState.alignment)
    guard let memory = state.pointee.allocate(count * MemoryLayout<C>.stride) else {
      // Encoding has no budget: it copies a value that is already in memory.
      fatalError("out of memory")
    }
    return memory.bindMemory(to: C.self, capacity: count)
  }

  /// A copy of the UTF-8 of `string`.
  public func data(_ string: String) -> ProtobufCBinaryData {
    var string = string
    return string.withUTF8 { copy($0) }
  }

  /// A copy of `bytes`; many bytes are kept until the use ends instead.
  public func data(_ bytes: [UInt8]) -> ProtobufCBinaryData {
    bytes.withUnsafeBufferPointer { buffer in
      guard buffer.count >= MessageLimits.keptBytesAtLeast else { return copy(buffer) }
      // The pointer stays valid: an array's memory does not move while another reference keeps it
      // from being written to in place, and `kept` holds one until the use ends.
      state.pointee.keep(bytes)
      return ProtobufCBinaryData(
        len: buffer.count, data: UnsafeMutablePointer(mutating: buffer.baseAddress))
    }
  }

  private func copy(_ bytes: UnsafeBufferPointer<UInt8>) -> ProtobufCBinaryData {
    guard let source = bytes.baseAddress, bytes.count > 0 else {
      return ProtobufCBinaryData(len: 0, data: nil)
    }
    let target: UnsafeMutablePointer<UInt8> = allocate(count: bytes.count)
    target.initialize(from: source, count: bytes.count)
    return ProtobufCBinaryData(len: bytes.count, data: target)
  }

  /// The C struct of `message`, of type `C`; nil where there is none.
  public func message<C>(_ message: (some Message)?, as type: C.Type) -> UnsafeMutablePointer<C>? {
    message.map { $0.packed(in: self).assumingMemoryBound(to: C.self) }
  }

  /// A copy of numbers that look the same in C.
  public func array<C: BitwiseCopyable>(_ values: [C]) -> (UnsafeMutablePointer<C>?, Int) {
    array(values) { $0 }
  }

  /// A C array of what `transform` makes of each value.
  public func array<T, C>(
    _ values: [T], _ transform: (T) -> C
  ) -> (UnsafeMutablePointer<C>?, Int) {
    guard !values.isEmpty else { return (nil, 0) }
    let target: UnsafeMutablePointer<C> = allocate(count: values.count)
    for index in values.indices {
      (target + index).initialize(to: transform(values[index]))
    }
    return (target, values.count)
  }
}
