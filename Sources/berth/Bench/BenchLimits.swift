/// The bounds of `berth bench`.
enum BenchLimits {
  static let connections = 1_024
  static let outstanding = 4_096
  /// Calls under way in all: each has a histogram of its own, of ten kilobytes.
  static let workers = 8_192
  static let seconds = 86_400.0
  static let rate = 10_000_000.0
}
