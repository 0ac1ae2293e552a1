/// Takes Docker's multiplexed output apart: frames of `[stream, 0, 0, 0, length u32 big-endian]`
/// followed by that many bytes. Holds no bytes but an unfinished header.
struct LogDemultiplexer {
  private enum State {
    case header(UInt64, have: Int)
    case body(LogChunk.Stream?, left: UInt32)
  }

  private var state = State.header(0, have: 0)

  /// Takes bytes as they came, calling `emit` with pieces of at most `EngineLimits.logChunkBytes`.
  /// Throws `malformed` for a stream that does not exist.
  mutating func feed(
    _ bytes: some Collection<UInt8>, _ emit: (LogChunk) -> Void
  ) throws(EngineError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      switch state {
      case .header(let value, let have):
        let value = value << 8 | UInt64(rest.removeFirst())
        state = have + 1 == 8 ? try Self.body(of: value) : .header(value, have: have + 1)
      case .body(let stream, let left):
        let count = min(Int(left), EngineLimits.logChunkBytes, rest.count)
        if let stream, count > 0 {
          emit(LogChunk(stream: stream, bytes: Array(rest.prefix(count))))
        }
        rest = rest.dropFirst(count)
        let remaining = left - UInt32(count)
        state = remaining == 0 ? .header(0, have: 0) : .body(stream, left: remaining)
      }
    }
  }

  private static func body(of header: UInt64) throws(EngineError) -> State {
    let kind = UInt8(truncatingIfNeeded: header >> 56)
    let length = UInt32(truncatingIfNeeded: header)
    // 0 is the container's input, which Docker may echo.
    guard kind <= 2, (header >> 32) & 0xFF_FFFF == 0 else {
      throw EngineError(.malformed, "the engine's output stream is out of step")
    }
    return length == 0
      ? .header(0, have: 0) : .body(LogChunk.Stream(rawValue: kind), left: length)
  }
}
