/// 128 random bits that name one thing nobody can guess: a session, a try to take a lock, a login.
/// Kept in halves for the reason that `Identifier` names.
package struct Nonce: Hashable, Sendable, ExpressibleByIntegerLiteral {
  private let high: UInt64
  private let low: UInt64

  package init(_ value: UInt128) {
    high = UInt64(truncatingIfNeeded: value >> 64)
    low = UInt64(truncatingIfNeeded: value)
  }

  /// For tests: a value that can be told from others.
  package init(integerLiteral value: UInt64) { self.init(UInt128(value)) }

  package var value: UInt128 { UInt128(high) << 64 | UInt128(low) }
}
