internal import CProtobuf

/// Memory for decoding messages: a bump allocator that protobuf-c allocates from.
///
/// One arena serves one thread (an event loop has one); it keeps its first chunk, so that a small
/// message costs no call of malloc, and gives everything back by moving one pointer. Uses nest: the
/// newest is rewound first.
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

  /// Ends the use that `mark` began, and those within it.
  @usableFromInline
  func end(_ mark: Mark) { state.pointee.rewind(to: mark) }

  /// Where a use began.
  @usableFromInline
  struct Mark {
    let chunkCount: Int
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
}
