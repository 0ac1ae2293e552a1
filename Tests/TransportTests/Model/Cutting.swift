import TestSupport

/// How the bytes between two turns are cut.
enum Cutting: CaseIterable {
  case whole, frames, bytes, random

  /// Bytes of a script up to which every single one is sent alone; beyond, those of headers and of
  /// small payloads are.
  private static let bytewiseLimit = 1_500

  func cut(_ frames: [[UInt8]], using random: inout SeededGenerator) -> [ArraySlice<UInt8>] {
    var all: [UInt8] = []
    for frame in frames { all += frame }
    switch self {
    case .whole: return all.isEmpty ? [] : [all[...]]
    case .frames: return frames.map { $0[...] }
    case .bytes where all.count <= Self.bytewiseLimit: return all.indices.map { all[$0...$0] }
    case .bytes:
      return frames.flatMap { frame in
        let single = min(frame.count, 24)
        return frame.indices.prefix(single).map { frame[$0...$0] } + [frame[single...]]
      }
    case .random:
      var pieces: [ArraySlice<UInt8>] = []
      var rest = all[...]
      while !rest.isEmpty {
        let most = [3, 30, 300, 20_000].randomElement(using: &random) ?? 3
        let count = min(rest.count, Int.random(in: 1...most, using: &random))
        pieces.append(rest.prefix(count))
        rest = rest.dropFirst(count)
      }
      return pieces
    }
  }
}
