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
    let read = text.utf8.withContiguousStorageIfAvailable { Self.words($0) }
    guard let words = read ?? Self.words(text.utf8) else { return nil }
    (high, low) = words
  }

  private static func words(_ text: some Collection<UInt8>) -> (high: UInt64, low: UInt64)? {
    var words: (high: UInt64, low: UInt64) = (0, 0)
    var position = 0
    for byte in text {
      if position == 8 || position == 13 || position == 18 || position == 23 {
        guard byte == UInt8(ascii: "-") else { return nil }
      } else {
        guard position < 36, let digit = hexDigit(byte) else { return nil }
        if position < 19 {
          words.high = words.high << 4 | UInt64(digit)
        } else {
          words.low = words.low << 4 | UInt64(digit)
        }
      }
      position += 1
    }
    return position == 36 ? words : nil
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
    let middle = Self.digits(UInt32(truncatingIfNeeded: high))
    let other = Self.digits(UInt32(truncatingIfNeeded: low >> 32))
    let dash = UInt8(ascii: "-")
    target.storeBytes(of: Self.digits(UInt32(truncatingIfNeeded: high >> 32)), as: UInt64.self)
    target.storeBytes(of: dash, toByteOffset: 8, as: UInt8.self)
    target.storeBytes(
      of: UInt32(truncatingIfNeeded: middle), toByteOffset: 9, as: UInt32.self)
    target.storeBytes(of: dash, toByteOffset: 13, as: UInt8.self)
    target.storeBytes(
      of: UInt32(truncatingIfNeeded: middle >> 32), toByteOffset: 14, as: UInt32.self)
    target.storeBytes(of: dash, toByteOffset: 18, as: UInt8.self)
    target.storeBytes(of: UInt32(truncatingIfNeeded: other), toByteOffset: 19, as: UInt32.self)
    target.storeBytes(of: dash, toByteOffset: 23, as: UInt8.self)
    target.storeBytes(
      of: UInt32(truncatingIfNeeded: other >> 32), toByteOffset: 24, as: UInt32.self)
    target.storeBytes(
      of: Self.digits(UInt32(truncatingIfNeeded: low)), toByteOffset: 28, as: UInt64.self)
  }

  /// The eight hexadecimal digits of `value`, the first in the lowest byte of memory: all at once,
  /// for a page of deployments has hundreds of identifiers.
  private static func digits(_ value: UInt32) -> UInt64 {
    var digits = UInt64(value)
    digits = (digits << 16 | digits) & 0x0000_ffff_0000_ffff
    digits = (digits << 8 | digits) & 0x00ff_00ff_00ff_00ff
    digits = (digits << 4 | digits) & 0x0f0f_0f0f_0f0f_0f0f
    // One in each byte whose digit is a letter.
    let letters = (digits &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
    let fromZero = UInt64(UInt8(ascii: "a") - 10 - UInt8(ascii: "0"))
    return (digits &+ 0x3030_3030_3030_3030 &+ letters &* fromZero).bigEndian
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
