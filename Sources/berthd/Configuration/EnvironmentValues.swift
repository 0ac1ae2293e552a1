import Glibc

/// The process's environment over a `.env` file: what is exported wins.
struct EnvironmentValues {
  private let values: [String: String]

  init(_ values: [String: String]) { self.values = values }

  /// The environment and, where there is one, `.env` in the working folder.
  static func process() throws(ConfigurationError) -> EnvironmentValues {
    var values: [String: String] = [:]
    if let file = LocalFile.read(".env") { values = try parse(file) }
    var next = environ
    while let entry = next.pointee {
      let text = String(cString: entry)
      if let equals = text.firstIndex(of: "=") {
        values[String(text[..<equals])] = String(text[text.index(after: equals)...])
      }
      next += 1
    }
    return EnvironmentValues(values)
  }

  /// Lines `NAME=value`, `export NAME='value'`, blank ones and `#` comments.
  static func parse(_ text: String) throws(ConfigurationError) -> [String: String] {
    var values: [String: String] = [:]
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      var line = line.trimmed
      if line.isEmpty || line.first == "#" { continue }
      if line.hasPrefix("export ") { line = line.dropFirst(7).trimmed }
      guard let equals = line.firstIndex(of: "="), equals != line.startIndex else {
        throw ConfigurationError(".env line \(number + 1)", "is not NAME=value")
      }
      var value = line[line.index(after: equals)...].trimmed
      for quote in ["\"", "'"] as [Character]
      where value.count >= 2 && value.first == quote && value.last == quote {
        value = value.dropFirst().dropLast()
        break
      }
      values[String(line[..<equals].trimmed)] = String(value)
    }
    return values
  }

  /// Nil if unset or empty.
  func text(_ name: String) -> String? {
    guard let value = values[name], !value.isEmpty else { return nil }
    return value
  }

  func required(_ name: String, _ hint: String) throws(ConfigurationError) -> String {
    guard let value = text(name) else { throw ConfigurationError(name, "is not set: \(hint)") }
    return value
  }

  func integer(
    _ name: String, default standard: Int, in range: ClosedRange<Int>
  ) throws(ConfigurationError) -> Int {
    guard let text = text(name) else { return standard }
    guard let value = Int(text), range.contains(value) else {
      throw ConfigurationError(
        name, "is \"\(text)\", not a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  func boolean(_ name: String, default standard: Bool) throws(ConfigurationError) -> Bool {
    switch text(name) {
    case nil: return standard
    case "1", "true", "yes", "on": return true
    case "0", "false", "no", "off": return false
    case .some(let text): throw ConfigurationError(name, "is \"\(text)\", not true or false")
    }
  }

  func choice<Choice: RawRepresentable & CaseIterable>(
    _ name: String, default standard: Choice
  ) throws(ConfigurationError) -> Choice where Choice.RawValue == String {
    guard let text = text(name) else { return standard }
    guard let value = Choice(rawValue: text) else {
      let choices = Choice.allCases.map(\.rawValue).joined(separator: " or ")
      throw ConfigurationError(name, "is \"\(text)\", not \(choices)")
    }
    return value
  }
}

extension Substring {
  fileprivate var trimmed: Substring {
    var result = self
    while let first = result.first, first.isWhitespace { result = result.dropFirst() }
    while let last = result.last, last.isWhitespace { result = result.dropLast() }
    return result
  }
}
