import Foundation
import Synchronization

/// What a child process wrote so far, collected by one thread a pipe.
final class ChildOutput: Sendable {
  /// Past this many bytes a stream's oldest half is dropped, so that a chatty program cannot fill
  /// the memory.
  static let streamBytesLimit = 64 << 20

  enum Stream: Int, Sendable { case standardOutput, standardError }

  private struct State {
    var bytes: [[UInt8]] = [[], []]
    var openStreams = 2
  }

  private let state = Mutex(State())

  /// Starts a thread that reads `descriptor` until its end and closes it then.
  func collect(_ stream: Stream, from descriptor: Int32) {
    Thread.detachNewThread { [self] in
      var buffer = [UInt8](repeating: 0, count: 64 << 10)
      while true {
        let count = read(descriptor, &buffer, buffer.count)
        if count > 0 {
          append(buffer[..<count], to: stream)
        } else if count == 0 || errno != EINTR {
          break
        }
      }
      close(descriptor)
      state.withLock { $0.openStreams -= 1 }
    }
  }

  /// Both ends are read to their end.
  var isComplete: Bool { state.withLock { $0.openStreams == 0 } }

  func text(of stream: Stream) -> String {
    String(decoding: state.withLock { $0.bytes[stream.rawValue] }, as: UTF8.self)
  }

  /// Whole lines of a stream; the last one counts only after its newline or the stream's end.
  func lines(of stream: Stream) -> [String] {
    let (bytes, isComplete) = state.withLock { ($0.bytes[stream.rawValue], $0.openStreams == 0) }
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    if let rest = lines.popLast(), isComplete, !rest.isEmpty { lines.append(rest) }
    return lines.map { String(decoding: $0, as: UTF8.self) }
  }

  private func append(_ bytes: ArraySlice<UInt8>, to stream: Stream) {
    state.withLock { state in
      state.bytes[stream.rawValue] += bytes
      if state.bytes[stream.rawValue].count > Self.streamBytesLimit {
        state.bytes[stream.rawValue].removeFirst(Self.streamBytesLimit / 2)
      }
    }
  }
}
