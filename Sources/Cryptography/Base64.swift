/// Base64 without padding, in the standard alphabet and in the one for URLs (RFC 4648, sections 4
/// and 5).
package enum Base64 {
  /// Which two characters stand for 62 and 63.
  package enum Alphabet: Sendable {
    /// `+` and `/`.
    case standard
    /// `-` and `_`.
    case url

    fileprivate var last: (UInt8, UInt8) {
      switch self {
      case .standard: (UInt8(ascii: "+"), UInt8(ascii: "/"))
      case .url: (UInt8(ascii: "-"), UInt8(ascii: "_"))
      }
    }
  }

  package static func encode(_ bytes: [UInt8], _ alphabet: Alphabet = .standard) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count * 4 + 2) / 3)
    var bits: UInt32 = 0
    var count = 0
    for byte in bytes {
      bits = bits << 8 | UInt32(byte)
      count += 8
      while count >= 6 {
        count -= 6
        text.append(character(UInt8(bits >> UInt32(count) & 63), alphabet))
      }
    }
    if count > 0 { text.append(character(UInt8(bits << UInt32(6 - count) & 63), alphabet)) }
    return String(decoding: text, as: UTF8.self)
  }

  /// Nil for a character outside the alphabet, padding, or bits left over that are not zero.
  package static func decode(
    _ text: some StringProtocol, _ alphabet: Alphabet = .standard
  ) -> [UInt8]? {
    guard text.utf8.count % 4 != 1 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count * 3 / 4)
    var bits: UInt32 = 0
    var count = 0
    for character in text.utf8 {
      guard let value = value(character, alphabet) else { return nil }
      bits = bits << 6 | UInt32(value)
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
      }
    }
    guard bits & (1 << UInt32(count) - 1) == 0 else { return nil }
    return bytes
  }

  private static func character(_ value: UInt8, _ alphabet: Alphabet) -> UInt8 {
    switch value {
    case 0..<26: UInt8(ascii: "A") + value
    case 26..<52: UInt8(ascii: "a") + value - 26
    case 52..<62: UInt8(ascii: "0") + value - 52
    case 62: alphabet.last.0
    default: alphabet.last.1
    }
  }

  private static func value(_ character: UInt8, _ alphabet: Alphabet) -> UInt8? {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
    case alphabet.last.0: 62
    case alphabet.last.1: 63
    default: nil
    }
  }
}
