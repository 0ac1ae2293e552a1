/// Sorts amounts into bins, eight a doubling: what is known of the sizes of requests, in bounded
/// memory. The thresholds are the powers of 2^(1/8) from 1 on.
struct AmountBins: Sendable {
  static let shared = AmountBins()
  static let perDoubling = 8
  /// The last threshold is beyond any amount that `ResourceLimits` allows.
  static let count = perDoubling * 41
  /// 2 to the power of 0, 1/8, ... 7/8.
  private static let roots: [Double] = [
    1, 1.090_507_732_665_257_7, 1.189_207_115_002_721_1, 1.296_839_554_651_009_7,
    1.414_213_562_373_095_1, 1.542_210_825_407_940_8, 1.681_792_830_507_429, 1.834_008_086_409_342,
  ]
  private let thresholds: ContiguousArray<Double>
  /// How many thresholds of a doubling lie at or below the beginning of each of its 256 parts.
  private let passed: ContiguousArray<UInt8>

  private init() {
    thresholds = ContiguousArray(
      (0..<Self.count).map { index in
        Double(
          sign: .plus, exponent: index / Self.perDoubling,
          significand: Self.roots[index % Self.perDoubling])
      })
    passed = ContiguousArray(
      (0..<256).map { part in
        UInt8(Self.roots.count { $0 <= 1 + Double(part) / 256 })
      })
  }

  /// How many thresholds an amount reaches.
  @inline(__always)
  func reached(by amount: Double) -> Int {
    guard amount >= 1 else { return 0 }
    let bits = amount.bitPattern
    let doubling = Int(truncatingIfNeeded: bits >> 52) - 1_023
    let index = doubling * Self.perDoubling + Int(passed[Int(truncatingIfNeeded: bits >> 44 & 255)])
    // Right but for the last threshold of the part.
    guard index < Self.count else { return Self.count }
    return thresholds[index] <= amount ? index + 1 : index
  }

  /// The bin of an amount: that of the next threshold at or above it.
  func bin(of amount: Double) -> Int {
    let reached = reached(by: amount)
    if reached > 0, thresholds[reached - 1] >= amount { return reached - 1 }
    return min(reached, Self.count - 1)
  }
}
