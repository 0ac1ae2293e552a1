/// Rows under a header (RFC 4180, a row a line), read one after the other.
struct CSVFile {
  struct Field {
    let text: Substring
    /// The character that it begins with, from 1.
    let column: Int
  }

  struct Row {
    let file: String
    /// From 1, the header's.
    let line: Int
    fileprivate let fields: [Field]
  }

  let name: String
  private let header: [Substring: Int]
  private let width: Int
  private var lines: Array<Substring>.Iterator
  private var line = 1

  init(_ text: String, name: String) throws(TraceError) {
    self.name = name
    guard text.utf8.count <= SimulationLimits.traceBytes else {
      throw TraceError(file: name, problem: "the file is too large")
    }
    var iterator = text.split(omittingEmptySubsequences: false) { $0.isNewline }.makeIterator()
    guard let first = iterator.next(), !first.isEmpty else {
      throw TraceError(file: name, line: 1, problem: "no header")
    }
    let names = try Self.fields(of: first, file: name, line: 1)
    guard names.count <= SimulationLimits.columns else {
      throw TraceError(file: name, line: 1, problem: "too many columns")
    }
    header = Dictionary(
      names.enumerated().map { ($0.element.text, $0.offset) },
      uniquingKeysWith: { first, _ in first })
    width = names.count
    lines = iterator
  }

  /// Where a column stands. - Throws: it is not there.
  func column(_ name: String) throws(TraceError) -> Int {
    guard let index = header[Substring(name)] else {
      throw TraceError(file: self.name, line: 1, problem: "no column '\(name)'")
    }
    return index
  }

  func optionalColumn(_ name: String) -> Int? { header[Substring(name)] }

  /// Nil at the end. Empty lines are passed over.
  mutating func next() throws(TraceError) -> Row? {
    while let text = lines.next() {
      line += 1
      if text.isEmpty { continue }
      let fields = try Self.fields(of: text, file: name, line: line)
      guard fields.count == width else {
        throw TraceError(
          file: name, line: line, column: fields.last?.column,
          problem: "\(fields.count) fields where the header has \(width)")
      }
      return Row(file: name, line: line, fields: fields)
    }
    return nil
  }

  private static func fields(
    of text: Substring, file: String, line: Int
  ) throws(TraceError) -> [Field] {
    guard text.contains("\"") else { return plainFields(of: text) }
    var fields: [Field] = []
    var rest = text
    var column = 1
    while true {
      if rest.first == "\"" {
        let inner = rest.dropFirst()
        guard let end = inner.firstIndex(of: "\"") else {
          throw TraceError(file: file, line: line, column: column, problem: "a quote is not closed")
        }
        fields.append(Field(text: inner[..<end], column: column))
        let behind = inner[inner.index(after: end)...]
        guard behind.isEmpty || behind.first == "," else {
          throw TraceError(
            file: file, line: line, column: column, problem: "something follows a closed quote")
        }
        column += rest.distance(from: rest.startIndex, to: behind.startIndex)
        rest = behind
      } else {
        let end = rest.firstIndex(of: ",") ?? rest.endIndex
        fields.append(Field(text: rest[..<end], column: column))
        column += rest.distance(from: rest.startIndex, to: end)
        rest = rest[end...]
      }
      guard rest.first == "," else { return fields }
      rest = rest.dropFirst()
      column += 1
    }
  }

  private static func plainFields(of text: Substring) -> [Field] {
    var column = 1
    return text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      defer { column += part.count + 1 }
      return Field(text: part, column: column)
    }
  }
}

extension CSVFile.Row {
  func text(_ column: Int) -> Substring { fields[column].text }

  /// - Parameter default: what an empty field says; nil: it must not be empty.
  func number(
    _ column: Int, _ name: String, in range: ClosedRange<Int64>, default fallback: Int64? = nil
  ) throws(TraceError) -> Int64 {
    let field = fields[column]
    if field.text.isEmpty, let fallback { return fallback }
    guard let value = Int64(field.text) else {
      throw error(at: column, "\(name): '\(field.text)' is not a whole number")
    }
    guard range.contains(value) else {
      throw error(
        at: column, "\(name): \(value) is not from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  func error(at column: Int, _ problem: String) -> TraceError {
    TraceError(file: file, line: line, column: fields[column].column, problem: problem)
  }
}
