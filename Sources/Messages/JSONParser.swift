/// Reads JSON text (RFC 8259), strictly: one value, nothing after it.
struct JSONParser {
  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0

  private init(_ text: String) { bytes = Array(text.utf8) }

  static func parse(_ text: String) throws(MessageError) -> JSONValue {
    var parser = JSONParser(text)
    let value = try parser.value()
    parser.skipSpace()
    guard parser.position == parser.bytes.count else { throw parser.error("nothing more") }
    return value
  }

  private mutating func value() throws(MessageError) -> JSONValue {
    skipSpace()
    guard let byte = peek else { throw error("a value") }
    switch byte {
    case UInt8(ascii: "{"):
      return .object(try nested { parser throws(MessageError) in try parser.members() })
    case UInt8(ascii: "["):
      return .array(try nested { parser throws(MessageError) in try parser.elements() })
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
    default: throw error("a value")
    }
  }

  /// Parses what is inside the bracket at the position, one level deeper.
  private mutating func nested<T>(
    _ body: (inout JSONParser) throws(MessageError) -> T
  ) throws(MessageError) -> T {
    guard depth < MessageLimits.jsonDepth else {
      throw MessageError(problem: "nests deeper than \(MessageLimits.jsonDepth)")
    }
    depth += 1
    position += 1
    let result = try body(&self)
    depth -= 1
    return result
  }

  private mutating func members() throws(MessageError) -> [JSONMember] {
    var members: [JSONMember] = []
    if take(UInt8(ascii: "}")) { return members }
    repeat {
      skipSpace()
      guard peek == UInt8(ascii: "\"") else { throw error("a name in quotes") }
      let name = try string()
      guard take(UInt8(ascii: ":")) else { throw error("':'") }
      members.append(JSONMember(name: name, value: try value()))
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")) else { throw error("',' or '}'") }
    return members
  }

  private mutating func elements() throws(MessageError) -> [JSONValue] {
    var elements: [JSONValue] = []
    if take(UInt8(ascii: "]")) { return elements }
    repeat { elements.append(try value()) } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "]")) else { throw error("',' or ']'") }
    return elements
  }

  private mutating func word(
    _ word: StaticString, _ value: JSONValue
  ) throws(MessageError) -> JSONValue {
    let expected = word.withUTF8Buffer { Array($0) }
    guard bytes[position...].starts(with: expected) else { throw error("\(word)") }
    position += expected.count
    return value
  }

  private mutating func number() throws(MessageError) -> String {
    let start = position
    _ = takeHere(UInt8(ascii: "-"))
    if !takeHere(UInt8(ascii: "0")) { try digits() }
    if takeHere(UInt8(ascii: ".")) { try digits() }
    if takeHere(UInt8(ascii: "e")) || takeHere(UInt8(ascii: "E")) {
      if !takeHere(UInt8(ascii: "+")) { _ = takeHere(UInt8(ascii: "-")) }
      try digits()
    }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func digits() throws(MessageError) {
    let start = position
    while let byte = peek, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { position += 1 }
    guard position > start else { throw error("a digit") }
  }

  private mutating func string() throws(MessageError) -> String {
    position += 1
    var result: [UInt8] = []
    while let byte = peek {
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        return String(decoding: result, as: UTF8.self)
      case UInt8(ascii: "\\"):
        position += 1
        try escape(into: &result)
      case 0..<0x20:
        throw error("no control character in a string")
      default:
        result.append(byte)
        position += 1
      }
    }
    throw error("the end of the string")
  }

  private mutating func escape(into result: inout [UInt8]) throws(MessageError) {
    guard let byte = peek else { throw error("an escape") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(byte)
    case UInt8(ascii: "b"): result.append(0x08)
    case UInt8(ascii: "f"): result.append(0x0C)
    case UInt8(ascii: "n"): result.append(0x0A)
    case UInt8(ascii: "r"): result.append(0x0D)
    case UInt8(ascii: "t"): result.append(0x09)
    case UInt8(ascii: "u"): result.append(contentsOf: Character(try unicodeEscape()).utf8)
    default: throw error("an escape")
    }
  }

  private mutating func unicodeEscape() throws(MessageError) -> Unicode.Scalar {
    let first = try codeUnit()
    if let scalar = Unicode.Scalar(first) { return scalar }
    // A surrogate: only a high one with a low one after it is a character.
    guard first < 0xDC00, takeHere(UInt8(ascii: "\\")), takeHere(UInt8(ascii: "u")) else {
      throw error("a pair of surrogates")
    }
    let second = try codeUnit()
    guard (0xDC00...0xDFFF).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    else { throw error("a pair of surrogates") }
    return scalar
  }

  private mutating func codeUnit() throws(MessageError) -> UInt32 {
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw error("four hexadecimal digits")
      }
      unit = unit << 4 | UInt32(digit)
      position += 1
    }
    return unit
  }

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  /// Takes the byte if it is next, after white space.
  private mutating func take(_ byte: UInt8) -> Bool {
    skipSpace()
    return takeHere(byte)
  }

  private mutating func takeHere(_ byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    position += 1
    return true
  }

  private func error(_ expected: String) -> MessageError {
    let before = bytes[..<position]
    let line = before.count { $0 == UInt8(ascii: "\n") } + 1
    let column = position - (before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0) + 1
    return MessageError(
      problem: "is not JSON: expected \(expected) at line \(line), column \(column)")
  }
}
