/// An array as PostgreSQL's text form of it, for statements that take one array a row: unnest would
/// flatten an array of arrays.
enum TextArray {
  static func literal(_ elements: some Sequence<String>) -> String {
    var text = "{"
    for element in elements {
      text += text.utf8.count == 1 ? "\"" : ",\""
      for character in element.unicodeScalars {
        if character == "\"" || character == "\\" { text.unicodeScalars.append("\\") }
        text.unicodeScalars.append(character)
      }
      text += "\""
    }
    return text + "}"
  }

  static func literal(_ numbers: some Sequence<Int>) -> String {
    "{" + numbers.map(String.init).joined(separator: ",") + "}"
  }
}
