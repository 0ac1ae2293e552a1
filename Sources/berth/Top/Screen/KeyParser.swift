/// Makes keys of the bytes that a terminal sends: UTF-8, and the control sequences of ECMA-48 and
/// of xterm. What it does not know it leaves out.
struct KeyParser {
  private enum State {
    case ground
    case escape
    /// Behind `ESC [` or `ESC O`.
    case sequence([UInt8])
    /// A character of several bytes.
    case character([UInt8], missing: Int)
  }

  private var state = State.ground

  /// Whether an escape stands alone so far: it is the key if nothing follows.
  var isWaiting: Bool { if case .escape = state { true } else { false } }

  /// Nothing followed for a while.
  mutating func timeout() -> Key? {
    guard isWaiting else { return nil }
    state = .ground
    return .escape
  }

  mutating func take(_ byte: UInt8) -> [Key] {
    switch state {
    case .ground: return ground(byte)
    case .escape:
      if byte == UInt8(ascii: "[") || byte == UInt8(ascii: "O") {
        state = .sequence([])
        return []
      }
      state = .ground
      return [.escape] + ground(byte)
    case .sequence(let bytes): return sequence(bytes, byte)
    case .character(let bytes, let missing):
      guard byte & 0xc0 == 0x80 else {
        state = .ground
        return ground(byte)
      }
      guard missing == 1 else {
        state = .character(bytes + [byte], missing: missing - 1)
        return []
      }
      state = .ground
      // Anything else than one printable character is left out.
      guard let text = String(validating: bytes + [byte], as: UTF8.self),
        text.printable == text, let character = text.first, text.count == 1
      else { return [] }
      return [.character(character)]
    }
  }

  private mutating func ground(_ byte: UInt8) -> [Key] {
    switch byte {
    case 0x1b: state = .escape
    case 0x0d, 0x0a: return [.enter]
    case 0x09: return [.tab]
    case 0x08, 0x7f: return [.backspace]
    case 0x01...0x1a: return [.control(Character(Unicode.Scalar(byte + 0x60)))]
    case 0x20..<0x7f: return [.character(Character(Unicode.Scalar(byte)))]
    case 0xc2...0xdf: state = .character([byte], missing: 1)
    case 0xe0...0xef: state = .character([byte], missing: 2)
    case 0xf0...0xf4: state = .character([byte], missing: 3)
    default: break
    }
    return []
  }

  private mutating func sequence(_ bytes: [UInt8], _ byte: UInt8) -> [Key] {
    guard byte != 0x1b else {
      state = .escape
      return []
    }
    guard 0x40...0x7e ~= byte || bytes.count >= TopLimits.escapeSequenceBytes else {
      state = .sequence(bytes + [byte])
      return []
    }
    state = .ground
    return Self.key(bytes, byte).map { [$0] } ?? []
  }

  private static func key(_ parameters: [UInt8], _ final: UInt8) -> Key? {
    switch final {
    case UInt8(ascii: "A"): .up
    case UInt8(ascii: "B"): .down
    case UInt8(ascii: "C"): .right
    case UInt8(ascii: "D"): .left
    case UInt8(ascii: "H"): .home
    case UInt8(ascii: "F"): .end
    case UInt8(ascii: "M"): .enter
    case UInt8(ascii: "Z"): .backTab
    case UInt8(ascii: "~"):
      // Behind a semicolon are the keys that were held with it.
      switch String(decoding: parameters.prefix { $0 != UInt8(ascii: ";") }, as: UTF8.self) {
      case "1", "7": .home
      case "4", "8": .end
      case "5": .pageUp
      case "6": .pageDown
      default: nil
      }
    default: nil
    }
  }
}
