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
  let readBuffer: UnsafeMutableRawBufferPointer
  @exclusivity(unchecked) private var pool: ContiguousArray<UnsafeMutableRawBufferPointer> = []
  @exclusivity(unchecked) private var messages: ContiguousArray<MessageBuffer> = []
  let warm: WarmConnections

  /// Makes the process ignore SIGPIPE: OpenSSL writes to sockets with `write`.
  package init(loop: EventLoop, tls: TLSContext, limits: TransportLimits = TransportLimits()) {
    self.loop = loop
    self.tls = tls
    self.limits = limits
    settings = limits.settings
    warm = WarmConnections(loop: loop, limits: limits)
    // A frame that was left over and a whole record must fit.
    let bytes = max(limits.readBufferBytes, 4 * WireLimits.frameBytes)
    readBuffer = .allocate(byteCount: bytes, alignment: 64)
    signal(SIGPIPE, SIG_IGN)
  }

  deinit {
    readBuffer.deallocate()
    for buffer in pool { buffer.deallocate() }
  }

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
