package import Cryptography
package import EventLoop
import Glibc
@_spi(Frames) import Wire

/// What the connections of one loop share: the TLS context, the limits, one read buffer and a
/// pool of output buffers. Make one for each loop and TLS context.
package final class TransportContext: @unchecked Sendable {
  // @unchecked: the lets are Sendable or confined to the loop, like the pool.
  package let loop: EventLoop
  package let tls: TLSContext
  package let limits: TransportLimits
  /// What our SETTINGS say.
  let settings: Settings
  private let batchHandler: (any ReadBatchHandler)?
  private let readBuffer: UnsafeMutableRawBufferPointer
  /// How much of the read buffer, from its front, is lent to the batch's handlers.
  @exclusivity(unchecked) private var lentBytes = 0
  @exclusivity(unchecked) private var awaitsBatchEnd = false
  @exclusivity(unchecked) private var pool: ContiguousArray<UnsafeMutableRawBufferPointer> = []
  @exclusivity(unchecked) private var messages: ContiguousArray<MessageBuffer> = []
  let warm: WarmConnections

  /// Makes the process ignore SIGPIPE: what else it talks to may go away, too.
  ///
  /// - Parameter batchHandler: a server's: is told at the end of each batch of reads.
  package init(
    loop: EventLoop, tls: TLSContext, limits: TransportLimits = TransportLimits(),
    batchHandler: (any ReadBatchHandler)? = nil
  ) {
    self.batchHandler = batchHandler
    self.loop = loop
    self.tls = tls
    self.limits = limits
    settings = limits.settings
    warm = WarmConnections(loop: loop, limits: limits)
    let bytes = max(limits.readBufferBytes, 2 * Self.readBytes)
    readBuffer = .allocate(byteCount: bytes, alignment: 64)
    signal(SIGPIPE, SIG_IGN)
  }

  deinit {
    readBuffer.deallocate()
    for buffer in pool { buffer.deallocate() }
  }

  // MARK: Reading

  /// A frame that was left over and a whole record must fit.
  private static let readBytes = 2 * WireLimits.frameBytes

  /// A connection reads: a batch has begun.
  func beginBatch() {
    guard !awaitsBatchEnd, batchHandler != nil else { return }
    awaitsBatchEnd = true
    loop.atTurnEnd(.reads, self)
  }

  /// Memory to read into, until the next call; at least `readBytes`. Not from a task.
  func takeReadBuffer() -> UnsafeMutableRawBufferPointer {
    if readBuffer.count - lentBytes < Self.readBytes { endBatch() }
    return UnsafeMutableRawBufferPointer(rebasing: readBuffer[lentBytes...])
  }

  /// Keeps what was read, up to the end of `bytes`, for the rest of the batch.
  func lend(_ bytes: UnsafeRawBufferPointer) {
    guard awaitsBatchEnd, let start = readBuffer.baseAddress, let end = bytes.baseAddress
    else { return }
    // The next read begins with a cache line of its own.
    lentBytes = min((end + bytes.count - UnsafeRawPointer(start) + 63) & ~63, readBuffer.count)
  }

  private func endBatch() {
    batchHandler?.readBatchEnded()
    lentBytes = 0
  }

  // MARK: Output

  /// Memory for a connection that has something to say.
  func takeBuffer() -> UnsafeMutableRawBufferPointer {
    pool.popLast() ?? .allocate(byteCount: limits.pooledBufferBytes, alignment: 16)
  }

  /// Memory of a connection that has said it. Larger ones go back to the allocator.
  func returnBuffer(_ buffer: UnsafeMutableRawBufferPointer) {
    guard buffer.count == limits.pooledBufferBytes, pool.count < limits.pooledBuffers else {
      buffer.deallocate()
      return
    }
    pool.append(buffer)
  }

  /// Memory for a message of `bytes`, or for the beginning of one.
  func takeMessage(_ bytes: Int) -> MessageBuffer {
    // A small one would waste most of a pooled buffer for as long as it waits.
    guard bytes > limits.pooledMessageBytes / 16, bytes <= limits.pooledMessageBytes else {
      return MessageBuffer(capacity: bytes)
    }
    return messages.popLast() ?? MessageBuffer(capacity: limits.pooledMessageBytes)
  }

  /// Memory of a message that was taken or sent. What malloc would give back to the system and
  /// ask for again, page by page, stays here.
  func returnMessage(_ buffer: MessageBuffer) {
    guard buffer.capacity == limits.pooledMessageBytes, messages.count < limits.pooledMessages
    else { return }
    buffer.removeAll()
    messages.append(buffer)
  }
}

extension TransportContext: TurnEndHandler {
  /// Called by the loop.
  package func turnEnded() {
    awaitsBatchEnd = false
    endBatch()
  }
}
