/// Knows just enough of Swift's syntax to tell code from comments and string literals.
struct SwiftCode {
  /// What stands for a character of a string literal in masked text.
  static let literalFiller: Character = "\u{1A}"

  /// `text` with a space for each character in a comment and `literalFiller` for each in a string
  /// literal; quotes and newlines are kept.
  static func masked(_ text: String) -> String {
    var scanner = SwiftCode(text)
    scanner.scanCode(untilParenthesis: false)
    return String(decoding: scanner.output, as: UTF8.self)
  }

  /// Bytes at which something may begin or end that is not code.
  private static let isSpecial: [Bool] = (0...255).map { "/\"#()".utf8.contains(UInt8($0)) }

  private let input: [UInt8]
  private var position = 0
  private var output: [UInt8] = []

  private init(_ text: String) {
    input = Array(text.utf8)
    output.reserveCapacity(input.count)
  }

  private func looks(at text: StaticString, offset: Int = 0) -> Bool {
    let start = position + offset
    guard start + text.utf8CodeUnitCount <= input.count else { return false }
    return text.withUTF8Buffer { wanted in
      wanted.indices.allSatisfy { input[start + $0] == wanted[$0] }
    }
  }

  private mutating func keep(_ count: Int = 1) {
    output += input[position..<min(position + count, input.count)]
    position += count
  }

  private mutating func hide(_ count: Int = 1, by filler: Character = " ") {
    for byte in input[position..<min(position + count, input.count)] {
      // One space a character: continuation bytes of UTF-8 add nothing.
      if byte == UInt8(ascii: "\n") {
        output.append(byte)
      } else if byte & 0xC0 != 0x80 {
        output += Array(String(filler).utf8)
      }
    }
    position += count
  }

  /// Up to the end, or to the parenthesis that closes an interpolation.
  private mutating func scanCode(untilParenthesis: Bool) {
    var depth = 0
    while position < input.count {
      if !Self.isSpecial[Int(input[position])] {
        keep()
      } else if looks(at: "//") {
        while position < input.count, input[position] != UInt8(ascii: "\n") { hide() }
      } else if looks(at: "/*") {
        scanBlockComment()
      } else if looks(at: "\"") || looks(at: "#\"") || looks(at: "##\"") || looks(at: "#/") {
        scanLiteral()
      } else {
        if input[position] == UInt8(ascii: "(") { depth += 1 }
        if input[position] == UInt8(ascii: ")") {
          if untilParenthesis, depth == 0 { return }
          depth -= 1
        }
        keep()
      }
    }
  }

  private mutating func scanBlockComment() {
    var depth = 0
    repeat {
      if looks(at: "/*") {
        depth += 1
        hide(2)
      } else if looks(at: "*/") {
        depth -= 1
        hide(2)
      } else {
        hide()
      }
    } while depth > 0 && position < input.count
  }

  /// A string literal with any number of `#`, of one line or of many, or an extended regex literal.
  private mutating func scanLiteral() {
    var hashes = 0
    while position < input.count, input[position] == UInt8(ascii: "#") {
      hashes += 1
      keep()
    }
    let isLong = looks(at: "\"\"\"")
    let quote = input[position]
    keep(isLong ? 3 : 1)
    while position < input.count {
      if input[position] == UInt8(ascii: "\\"), isHashes(hashes, at: position + 1) {
        hide(1 + hashes, by: Self.literalFiller)
        guard quote == UInt8(ascii: "\""), looks(at: "(") else {
          hide(by: Self.literalFiller)
          continue
        }
        keep()
        scanCode(untilParenthesis: true)
        keep()
      } else if isClosing(quote, isLong: isLong, hashes: hashes) {
        keep((isLong ? 3 : 1) + hashes)
        return
      } else if !isLong, input[position] == UInt8(ascii: "\n") {
        return  // not closed: not a literal after all
      } else {
        hide(by: Self.literalFiller)
      }
    }
  }

  private func isClosing(_ quote: UInt8, isLong: Bool, hashes: Int) -> Bool {
    isLong
      ? looks(at: "\"\"\"") && isHashes(hashes, at: position + 3)
      : input[position] == quote && isHashes(hashes, at: position + 1)
  }

  private func isHashes(_ count: Int, at start: Int) -> Bool {
    (start..<start + count).allSatisfy { $0 < input.count && input[$0] == UInt8(ascii: "#") }
  }
}
