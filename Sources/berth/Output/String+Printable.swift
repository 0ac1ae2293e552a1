extension String {
  /// For a terminal: what others chose, such as a command or what an agent says went wrong, with
  /// "?" for characters that would move the cursor, rename the window or turn the text around.
  var printable: String {
    guard unicodeScalars.contains(where: Self.isControl) else { return self }
    var text = ""
    for scalar in unicodeScalars {
      text.unicodeScalars.append(Self.isControl(scalar) ? "?" : scalar)
    }
    return text
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    case .format: scalar.properties.isBidiControl
    default: false
    }
  }
}
