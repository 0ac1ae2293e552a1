/// Cuts a stream of bytes into lines of at most `EngineLimits.streamLineBytes`.
struct LineSplitter {
  private var partial: [UInt8] = []

  /// Takes bytes as they came, and answers the lines they complete, empty ones left out. Throws
  /// `malformed` for a line that is too long.
  mutating func feed(_ bytes: some Sequence<UInt8>) throws(EngineError) -> [[UInt8]] {
    var lines: [[UInt8]] = []
    for byte in bytes {
      if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
        if !partial.isEmpty { lines.append(partial) }
        partial.removeAll(keepingCapacity: true)
        continue
      }
      guard partial.count < EngineLimits.streamLineBytes else {
        throw EngineError(.malformed, "the engine's answer holds an endless line")
      }
      partial.append(byte)
    }
    return lines
  }

  /// What is left when the stream ended without a line's end.
  mutating func finish() -> [UInt8]? {
    defer { partial = [] }
    return partial.isEmpty ? nil : partial
  }
}
