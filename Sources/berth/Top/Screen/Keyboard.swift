import Foundation

/// The keys of standard input, read by a thread of its own: a read waits for as long as nobody
/// presses one.
final class Keyboard: Sendable {
  let keys: AsyncStream<Key>

  init() {
    let (keys, continuation) = AsyncStream<Key>.makeStream(
      bufferingPolicy: .bufferingOldest(TopLimits.waitingKeys))
    self.keys = keys
    let thread = Thread { Self.read(into: continuation) }
    thread.name = "keyboard"
    thread.start()
  }

  /// Until the terminal is gone, which ends the stream.
  private static func read(into continuation: AsyncStream<Key>.Continuation) {
    defer { continuation.finish() }
    var parser = KeyParser()
    var buffer = [UInt8](repeating: 0, count: 256)
    while true {
      var waiting = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
      let ready = poll(&waiting, 1, parser.isWaiting ? TopLimits.escapeMilliseconds : -1)
      if ready < 0, errno != EINTR { return }
      if ready == 0, let key = parser.timeout() { continuation.yield(key) }
      guard ready > 0 else { continue }
      let count = Foundation.read(STDIN_FILENO, &buffer, buffer.count)
      if count < 0, errno == EINTR || errno == EAGAIN { continue }
      guard count > 0 else { return }
      for byte in buffer[..<count] {
        for key in parser.take(byte) {
          if case .terminated = continuation.yield(key) { return }
        }
      }
    }
  }
}
