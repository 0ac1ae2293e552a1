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
    var words: (high: UInt64, low: UInt64) = (0, 0)
    var position = 0
    for byte in text.utf8 {
      if position == 8 || position == 13 || position == 18 || position == 23 {
        guard byte == UInt8(ascii: "-") else { return nil }
      } else {
        guard position < 36, let digit = Self.hexDigit(byte) else { return nil }
        if position < 19 {
          words.high = words.high << 4 | UInt64(digit)
        } else {
          words.low = words.low << 4 | UInt64(digit)
        }
      }
      position += 1
    }
    guard position == 36 else { return nil }
    high = words.high
    low = words.low
  }

  private static func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  /// How many bytes `write` writes.
  package static var textBytes: Int { 36 }

  /// Writes the text to `textBytes` bytes at `target`.
  package func write(to target: UnsafeMutableRawPointer) {
    let bytes = target.assumingMemoryBound(to: UInt8.self)
    var offset = 0
    for index in 0..<16 {
      if index == 4 || index == 6 || index == 8 || index == 10 {
        bytes[offset] = UInt8(ascii: "-")
        offset += 1
      }
      let word = index < 8 ? high : low
      let byte = UInt8(truncatingIfNeeded: word >> UInt64(56 - (index & 7) * 8))
      bytes[offset] = Self.digit(byte >> 4)
      bytes[offset + 1] = Self.digit(byte & 15)
      offset += 2
    }
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
  }

  package var description: String {
    String(unsafeUninitializedCapacity: Self.textBytes) { buffer in
      guard let start = buffer.baseAddress else { return 0 }
      write(to: UnsafeMutableRawPointer(start))
      return Self.textBytes
    }
  }

  package static func < (a: Self, b: Self) -> Bool { (a.high, a.low) < (b.high, b.low) }
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
