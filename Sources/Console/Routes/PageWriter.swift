import Hummingbird
import Synchronization

import struct NIOCore.ByteBuffer

/// Writes to one page, and knows since when a write has not returned.
///
/// Sendable although its writer is not: one task at a time writes, and the stream's own task takes
/// the writer up again only when that one has ended.
final class PageWriter: @unchecked Sendable {
  private let writer: any ResponseBodyWriter
  private let writingSince = Mutex<ContinuousClock.Instant?>(nil)

  init(_ writer: any ResponseBodyWriter) { self.writer = writer }

  /// Waits while the page takes nothing.
  func write(_ text: String) async throws {
    writingSince.withLock { $0 = .now }
    // Nobody else uses it meanwhile.
    nonisolated(unsafe) var writer = writer
    try await writer.write(ByteBuffer(string: text))
    writingSince.withLock { $0 = nil }
  }

  /// Ends the body: while the read side of the connection is open, or there is none to end.
  func finish() async throws {
    // Nobody else uses it meanwhile.
    nonisolated(unsafe) let writer = writer
    try await writer.finish(nil)
  }

  func isStalled(for limit: Duration) -> Bool {
    writingSince.withLock { since in since.map { .now - $0 >= limit } ?? false }
  }
}
