import Messages

/// Times as callers of the older surface write them: ISO 8601, with or without a zone (then UTC),
/// the date alone too.
enum OlderTime {
  private static let dateCharacters = 10

  static func read(_ text: String) -> Timestamp? {
    guard text.utf8.count <= 64, text.allSatisfy(\.isASCII) else { return nil }
    if text.count == dateCharacters { return Timestamp(rfc3339: text + "T00:00:00Z") }
    let date = text.prefix(dateCharacters)
    var rest = text.dropFirst(dateCharacters)
    guard let separator = rest.popFirst(), separator == "T" || separator == "t" || separator == " "
    else { return nil }
    // A plus that came through a query unescaped is a space.
    var time = rest.uppercased().map { $0 == " " ? "+" : $0 }
    if !time.contains(where: { $0 == "Z" || $0 == "+" || $0 == "-" }) { time.append("Z") }
    return Timestamp(rfc3339: "\(date)T\(String(time))")
  }
}
