/// An array as PostgreSQL's text form of it, for statements that take one array a row: unnest would
/// flatten an array of arrays.
enum TextArray {
  static func literal(_ elements: some Sequence<String>) -> String {
    var text: [UInt8] = [UInt8(ascii: "{")]
    let quote = UInt8(ascii: "\"")
    let backslash = UInt8(ascii: "\\")
    for element in elements {
      if text.count > 1 { text.append(UInt8(ascii: ",")) }
      text.append(quote)
      for byte in element.utf8 {
        if byte == quote || byte == backslash { text.append(backslash) }
        text.append(byte)
      }
      text.append(quote)
    }
    text.append(UInt8(ascii: "}"))
    return String(decoding: text, as: UTF8.self)
  }

  static func literal(_ numbers: some Sequence<Int>) -> String {
    "{" + numbers.map(String.init).joined(separator: ",") + "}"
  }
}
