/// A piece of what a container printed.
package struct LogChunk: Hashable, Sendable {
  /// Where it was printed.
  package enum Stream: UInt8, Hashable, Sendable {
    case standardOutput = 1
    case standardError = 2
  }

  package var stream: Stream
  /// At most `EngineLimits.logChunkBytes`.
  package var bytes: [UInt8]

  package init(stream: Stream, bytes: [UInt8]) {
    self.stream = stream
    self.bytes = bytes
  }
}
