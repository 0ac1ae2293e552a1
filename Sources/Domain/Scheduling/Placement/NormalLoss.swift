/// The loss function of a standard normal X: `E[max(0, X + x)] = x Phi(x) + phi(x)`, what a
/// newsvendor expects to lack. From a table, by linear interpolation. Own arithmetic and no math
/// library, so that every machine decides the same.
struct NormalLoss: Sendable {
  static let shared = NormalLoss()
  private static let stepsPerUnit = 64
  private static let reach = 6
  private let values: ContiguousArray<Double>

  private init() {
    let half = Self.reach * Self.stepsPerUnit
    values = ContiguousArray(
      (-half...half + 1).map { Self.exact(Double($0) / Double(Self.stepsPerUnit)) })
  }

  @inline(__always)
  func callAsFunction(_ x: Double) -> Double {
    if x >= Double(Self.reach) { return x }
    // Also what is not a number.
    guard x > -Double(Self.reach) else { return 0 }
    let place = (x + Double(Self.reach)) * Double(Self.stepsPerUnit)
    let index = Int(place)
    return values[index] + (values[index + 1] - values[index]) * (place - Double(index))
  }

  /// The value itself, as the table's points have it.
  static func exact(_ x: Double) -> Double {
    // E[max(0, X + x)] - E[max(0, X - x)] = x.
    if x < 0 { return exact(-x) + x }
    let density = exponential(-x * x / 2) * 0.398_942_280_401_432_7
    // Phi(x) = 1/2 + phi(x) (x + x^3/3 + x^5/(3*5) + ...) (Marsaglia 2004).
    var term = x
    var sum = x
    var factor = 3.0
    while term > sum * 1e-17 {
      term *= x * x / factor
      sum += term
      factor += 2
    }
    return x * (0.5 + density * sum) + density
  }

  /// e to the power of x, for moderate x.
  static func exponential(_ x: Double) -> Double {
    let logarithmOf2 = 0.693_147_180_559_945_3
    let doublings = (x / logarithmOf2).rounded()
    guard doublings > -1_000 else { return 0 }
    guard doublings < 1_000 else { return .infinity }
    let rest = x - doublings * logarithmOf2
    var term = 1.0
    var sum = 1.0
    for power in 1...18 {
      term *= rest / Double(power)
      sum += term
    }
    return Double(sign: .plus, exponent: Int(doublings), significand: sum)
  }
}
