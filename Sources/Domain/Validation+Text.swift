extension Validation {
  /// 3 to 64 of a-z, 0-9, '.', '_', '-', the first a letter or digit.
  package mutating func username(_ text: String, _ field: String) {
    guard !text.isEmpty else { return refuse(field, "is required") }
    let first = text.utf8.first.map(Self.isLowercaseLetterOrDigit) ?? false
    guard
      DomainLimits.usernameBytes.contains(text.utf8.count), first,
      text.utf8.allSatisfy(Self.isSlugByte)
    else {
      return refuse(
        field,
        "must be 3 to 64 of a-z, 0-9, '.', '_' and '-', and begin with a letter or a digit")
    }
  }

  /// 1 to 64 of a-z, 0-9, '.', '_', '-'.
  package mutating func clusterName(_ text: String, _ field: String) {
    guard !text.isEmpty else { return refuse(field, "is required") }
    guard
      DomainLimits.clusterNameBytes.contains(text.utf8.count), text.utf8.allSatisfy(Self.isSlugByte)
    else { return refuse(field, "must be 1 to 64 of a-z, 0-9, '.', '_' and '-'") }
  }

  /// 12 to 256 characters, not the username, not all one character.
  package mutating func password(_ password: String, username: String, _ field: String) {
    let bounds = DomainLimits.passwordCharacters
    guard !password.isEmpty else { return refuse(field, "is required") }
    guard bounds.contains(password.unicodeScalars.count) else {
      return refuse(
        field, "must have \(bounds.lowerBound) to \(bounds.upperBound) characters")
    }
    guard !password.utf8.contains(0) else { return refuse(field, "must not contain NUL") }
    if password.lowercased() == username.lowercased() {
      refuse(field, "must not be the username")
    }
    if let first = password.unicodeScalars.first,
      password.unicodeScalars.allSatisfy({ $0 == first })
    {
      refuse(field, "must not be one character repeated")
    }
  }

  /// Whether all of it is visible ASCII, with no space at either end.
  private static func isPlain(_ text: String) -> Bool {
    let space = UInt8(ascii: " ")
    return text.utf8.first != space && text.utf8.last != space
      && text.utf8.allSatisfy { (space...UInt8(ascii: "~")).contains($0) }
  }

  /// Words for people: so many characters (Unicode scalars), no control characters, no white space
  /// at either end. An empty text passes where the bounds begin at 0.
  package mutating func label(_ text: String, _ field: String, characters: ClosedRange<Int>) {
    // As most are; the rest is for what needs Unicode's tables.
    if characters.contains(text.utf8.count), Self.isPlain(text) { return }
    let scalars = text.unicodeScalars
    guard !(text.isEmpty && characters.lowerBound > 0) else {
      return refuse(field, "is required")
    }
    guard characters.contains(scalars.count) else {
      return refuse(field, "must have at most \(characters.upperBound) characters")
    }
    if scalars.contains(where: Self.isControl) {
      refuse(field, "must not contain control characters")
    } else if let first = scalars.first, let last = scalars.last,
      first.properties.isWhitespace || last.properties.isWhitespace
    {
      refuse(field, "must not begin or end with white space")
    }
  }

  /// A printable form of a name that a caller chose, short enough to answer with.
  package static func quoted(_ name: String) -> String {
    var text = "\""
    for scalar in name.unicodeScalars {
      if text.utf8.count > DomainLimits.fieldNameBytes {
        text += "..."
        break
      }
      switch scalar {
      case "\"", "\\": text += "\\\(scalar)"
      case _ where isControl(scalar): text += "?"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .surrogate: true
    // Marks that turn the direction of what follows make one name look like another.
    case .format: scalar.properties.isBidiControl
    default: false
    }
  }

  private static func isLowercaseLetterOrDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isSlugByte(_ byte: UInt8) -> Bool {
    isLowercaseLetterOrDigit(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
      || byte == UInt8(ascii: "-")
  }
}
