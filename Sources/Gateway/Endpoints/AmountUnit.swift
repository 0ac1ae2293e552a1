import Foundation

/// In what the older surface counts: cores, GiB, GPU devices. The RPCs count whole thousandths of a
/// core or device and bytes.
enum AmountUnit: Sendable {
  case cores
  case gibibytes
  case devices

  /// What one of the unit is in the RPCs.
  private var scale: Decimal {
    switch self {
    case .cores, .devices: 1_000
    case .gibibytes: 1_073_741_824
    }
  }

  var name: String {
    switch self {
    case .cores: "cores"
    case .gibibytes: "GiB"
    case .devices: "GPUs"
    }
  }

  /// Why a number is no amount, to be read after the field's name.
  struct Problem: Error, Equatable {
    let text: String
  }

  /// Reads a JSON number. Thousandths must come out whole, bytes are rounded to the nearest.
  func base(of number: String) throws(Problem) -> Int64 {
    guard number.utf8.count <= GatewayLimits.numberCharacters else {
      throw Problem(
        text: "must be a number of at most \(GatewayLimits.numberCharacters) characters")
    }
    // Beyond what Decimal holds it gives nil or NaN.
    guard let amount = Decimal(string: number, locale: Locale(identifier: "en_US_POSIX")),
      amount.isFinite
    else { throw Problem(text: "must be a number that is not that large or small") }
    guard amount >= 0 else { throw Problem(text: "must not be negative") }
    guard amount <= Decimal(Int64.max) / scale else {
      throw Problem(text: "must be at most \(text(of: Int64.max))")
    }
    var exact = amount * scale
    var rounded = Decimal()
    NSDecimalRound(&rounded, &exact, 0, .plain)
    guard self == .gibibytes || rounded == exact else {
      throw Problem(text: "must have at most three decimal places")
    }
    return NSDecimalNumber(decimal: rounded).int64Value
  }

  /// The shortest number that `base(of:)` reads as `base`.
  func text(of base: Int64) -> String {
    let exact = Decimal(base) / scale
    // A byte is about 9.3e-10 GiB: ten places tell two apart.
    for places in 0...10 {
      var (source, rounded) = (exact, Decimal())
      NSDecimalRound(&rounded, &source, places, .plain)
      var (scaled, whole) = (rounded * scale, Decimal())
      NSDecimalRound(&whole, &scaled, 0, .plain)
      if whole == Decimal(base) { return "\(rounded)" }
    }
    return "\(exact)"
  }
}

extension Decimal {
  fileprivate var isFinite: Bool { !isNaN && !isInfinite }
}
