/// A 128-bit identifier of one kind of entity, written as a UUID. New ones are UUIDv7 (RFC 9562):
/// they sort by the time they were made, which keeps the database's indexes compact.
package struct Identifier<Entity>: Hashable, Comparable, Sendable, CustomStringConvertible {
  // Two words, not one UInt128: Swift 6.3.1 loses the stack of an async function that has a 128-bit
  // argument which no longer fits in the registers.
  private let high: UInt64
  private let low: UInt64

  package var value: UInt128 { UInt128(high) << 64 | UInt128(low) }

  package init(_ value: UInt128) {
    high = UInt64(truncatingIfNeeded: value >> 64)
    low = UInt64(truncatingIfNeeded: value)
  }

  /// Reads the 36-character form, in either case; nil for anything else.
  package init?(_ text: some StringProtocol) {
    var value: UInt128 = 0
    var position = 0
    for byte in text.utf8 {
      if position == 8 || position == 13 || position == 18 || position == 23 {
        guard byte == UInt8(ascii: "-") else { return nil }
      } else {
        guard position < 36, let digit = Self.hexDigit(byte) else { return nil }
        value = value << 4 | UInt128(digit)
      }
      position += 1
    }
    guard position == 36 else { return nil }
    self.init(value)
  }

  private static func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  package var description: String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(36)
    for nibble in 0..<32 {
      if nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20 { text.append(0x2d) }
      text.append(digits[Int(truncatingIfNeeded: value >> UInt128(124 - nibble * 4)) & 15])
    }
    return String(decoding: text, as: UTF8.self)
  }

  package static func < (a: Self, b: Self) -> Bool { a.value < b.value }
}

extension Identifier {
  /// A UUIDv7: 48 bits of milliseconds, version, and 74 random bits.
  package static func make(at now: Instant, random: UInt128) -> Self {
    let milliseconds = UInt128(UInt64(clamping: now.microseconds / 1_000) & 0xffff_ffff_ffff)
    let low = random & ((1 << 62) - 1)
    let middle = (random >> 64) & 0xfff
    return Self(milliseconds << 80 | 0x7 << 76 | middle << 64 | 0b10 << 62 | low)
  }
}

package typealias UserID = Identifier<User>
package typealias OrganizationID = Identifier<Organization>
package typealias ClusterID = Identifier<Cluster>
package typealias DeploymentID = Identifier<Deployment>
package typealias ServiceAccountID = Identifier<ServiceAccount>
package typealias ReplicaID = Identifier<Replica>

/// One running `berthd`; only its identifier matters.
package enum Replica {}
