import Glibc

/// Names that no other test, and no other run over the same kept data, uses.
package enum UniqueName {
  /// `prefix_` and 16 hexadecimal digits: a legal PostgreSQL identifier and Redis key, when
  /// `prefix` is one.
  package static func make(_ prefix: String = "test") -> String {
    let random = UInt64.random(in: .min ... .max)
    let digits = String(random, radix: 16)
    return prefix + "_" + String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// A key prefix for one test's Redis keys, ending in a colon.
  package static func keyPrefix() -> String { make("berth-test") + ":" }
}
