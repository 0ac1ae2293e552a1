/// An array as PostgreSQL's text form of it, for statements that take one array a row: unnest would
/// flatten an array of arrays.
enum TextArray {
  static func literal(_ elements: some Sequence<String>) -> String {
    var text: [UInt8] = []
    append(elements, to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Appends the literal.
  static func append(_ elements: some Sequence<String>, to text: inout [UInt8]) {
    let (quote, comma) = (UInt8(ascii: "\""), UInt8(ascii: ","))
    var isFirst = true
    text.append(UInt8(ascii: "{"))
    for element in elements {
      if !isFirst { text.append(comma) }
      isFirst = false
      text.append(quote)
      var element = element
      element.withUTF8 { append($0, to: &text) }
      text.append(quote)
    }
    text.append(UInt8(ascii: "}"))
  }

  private static func append(_ element: UnsafeBufferPointer<UInt8>, to text: inout [UInt8]) {
    let (quote, backslash) = (UInt8(ascii: "\""), UInt8(ascii: "\\"))
    if !element.contains(where: { $0 == quote || $0 == backslash }) {
      return text.append(contentsOf: element)
    }
    for byte in element {
      if byte == quote || byte == backslash { text.append(backslash) }
      text.append(byte)
    }
  }

  static func literal(_ numbers: some Sequence<Int>) -> String {
    "{" + numbers.map(String.init).joined(separator: ",") + "}"
  }
}
