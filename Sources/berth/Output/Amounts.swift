import RPCClient
import Foundation

/// Amounts as people write them.
enum Amounts {
  /// "0.5", "4" (cores), or "500m".
  static func cpuMillis(_ text: String) -> Int64? {
    if text.hasSuffix("m") { return Int64(text.dropLast()).flatMap { $0 >= 0 ? $0 : nil } }
    return thousandths(text)
  }

  /// "1", "0.5" (of a device).
  static func gpuMillis(_ text: String) -> Int64? { thousandths(text) }

  /// "512MiB", "8GiB", "8G" (decimal), or plain bytes.
  static func bytes(_ text: String) -> Int64? {
    let units: [(String, Int64)] = [
      ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40), ("Ki", 1 << 10),
      ("Mi", 1 << 20), ("Gi", 1 << 30), ("Ti", 1 << 40), ("KB", 1_000), ("MB", 1_000_000),
      ("GB", 1_000_000_000), ("TB", 1_000_000_000_000), ("K", 1_000), ("M", 1_000_000),
      ("G", 1_000_000_000), ("T", 1_000_000_000_000), ("B", 1),
    ]
    for (suffix, factor) in units where text.hasSuffix(suffix) {
      guard let value = thousandths(String(text.dropLast(suffix.count))) else { return nil }
      let product = value.multipliedReportingOverflow(by: factor)
      return product.overflow ? nil : product.partialValue / 1_000
    }
    return Int64(text).flatMap { $0 >= 0 ? $0 : nil }
  }

  /// A decimal number in exact thousandths; more than three decimals are refused.
  private static func thousandths(_ text: String) -> Int64? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, let whole = Int64(parts[0]), whole >= 0 else { return nil }
    var fraction: Int64 = 0
    if parts.count == 2 {
      guard (1...3).contains(parts[1].count), parts[1].allSatisfy(\.isASCII),
        let value = Int64(parts[1]), value >= 0
      else { return nil }
      fraction = [100, 10, 1][parts[1].count - 1] * value
    }
    let product = whole.multipliedReportingOverflow(by: 1_000)
    let sum = product.partialValue.addingReportingOverflow(fraction)
    return product.overflow || sum.overflow ? nil : sum.partialValue
  }

  static func cpu(_ millis: Int64) -> String { decimal(millis) }
  static func gpu(_ millis: Int64) -> String { decimal(millis) }

  private static func decimal(_ millis: Int64) -> String {
    let fraction = String(abs(millis % 1_000) + 1_000).dropFirst()
    let trimmed = fraction.reversed().drop { $0 == "0" }.reversed()
    return trimmed.isEmpty ? "\(millis / 1_000)" : "\(millis / 1_000).\(String(trimmed))"
  }

  static func memory(_ bytes: Int64) -> String {
    for (unit, factor) in [("TiB", Int64(1) << 40), ("GiB", 1 << 30), ("MiB", 1 << 20)]
    where bytes >= factor {
      let tenths = (Double(bytes) / Double(factor) * 10).rounded() / 10
      return tenths == tenths.rounded() ? "\(Int64(tenths))\(unit)" : "\(tenths)\(unit)"
    }
    return "\(bytes)B"
  }

  static func resources(_ resources: Resources?) -> String {
    let value = resources ?? Resources()
    return "\(cpu(value.cpuMillis)) cpu, \(memory(value.memoryBytes)), \(gpu(value.gpuMillis)) gpu"
  }

  /// "3s", "4m", "2h", "5d".
  static func age(
    _ timestamp: Timestamp?, at now: Int64 = Int64(Date().timeIntervalSince1970)
  ) -> String {
    guard let timestamp else { return "-" }
    let (seconds, overflow) = now.subtractingReportingOverflow(timestamp.seconds)
    guard !overflow else { return "-" }
    switch seconds {
    case ..<0: return "0s"
    case ..<120: return "\(seconds)s"
    case ..<7_200: return "\(seconds / 60)m"
    case ..<172_800: return "\(seconds / 3_600)h"
    default: return "\(seconds / 86_400)d"
    }
  }

  static func duration(_ duration: Duration) -> String {
    let seconds =
      Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    return seconds < 1 ? "\(Int(seconds * 1_000)) ms" : "\(Int(seconds.rounded(.up))) s"
  }
}
