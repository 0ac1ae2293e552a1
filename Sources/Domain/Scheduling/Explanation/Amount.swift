/// Amounts for people, exact: never rounded.
enum Amount {
  /// 1500 is "1.5".
  static func thousandths(_ value: Int64) -> String {
    let (whole, rest) = (value / 1_000, value % 1_000)
    guard rest != 0 else { return "\(whole)" }
    var digits = String(String(rest + 1_000).dropFirst())
    while digits.hasSuffix("0") { digits.removeLast() }
    return "\(whole).\(digits)"
  }

  /// In the largest unit that it is a whole number of.
  static func memory(_ bytes: Int64) -> String {
    let units: [(String, Int64)] = [
      ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10),
    ]
    for (unit, factor) in units where bytes >= factor && bytes % factor == 0 {
      return "\(bytes / factor) \(unit)"
    }
    return "\(bytes) bytes"
  }

  static func devices(_ count: Int64) -> String {
    count == 1 ? "1 whole GPU" : "\(count) whole GPUs"
  }

  /// "2 CPU, 1 GiB of memory and 1 whole GPU"; dimensions of nothing are left out.
  static func all(_ amounts: [(dimension: FitShortage.Dimension, amount: Int64)]) -> String {
    let parts = amounts.filter { $0.amount > 0 }.map { dimension, amount in
      switch dimension {
      case .cpu: "\(thousandths(amount)) CPU"
      case .memory: "\(memory(amount)) of memory"
      case .gpuShare: "\(thousandths(amount)) of one GPU"
      case .gpuDevices: devices(amount)
      }
    }
    guard let last = parts.last, parts.count > 1 else { return parts.first ?? "nothing" }
    return parts.dropLast().joined(separator: ", ") + " and " + last
  }
}

extension DeploymentID {
  /// For people: by its name, if it has one.
  func label(_ name: String) -> String { name.isEmpty ? "\(self)" : "\(name) (\(self))" }
}
