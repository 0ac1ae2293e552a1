import Domain
import Synchronization

/// SplitMix64: the same numbers from the same seed (Steele, Lea, Flood 2014).
final class SeededRandom: Domain.SecureRandom {
  private let state: Mutex<UInt64>

  init(seed: UInt64) { state = Mutex(seed) }

  func next() -> UInt128 { UInt128(next64()) << 64 | UInt128(next64()) }

  /// 0 up to and without `bound`.
  func below(_ bound: Int) -> Int { Int(next64() % UInt64(bound)) }

  private func next64() -> UInt64 {
    state.withLock { state in
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = state
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      return z ^ (z >> 31)
    }
  }
}
