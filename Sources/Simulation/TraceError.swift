/// What is wrong with a trace, and where.
package struct TraceError: Error, Equatable, CustomStringConvertible {
  package let file: String
  /// From 1; nil: the file as a whole.
  package let line: Int?
  /// The character that the field begins with, from 1; nil: the line as a whole.
  package let column: Int?
  package let problem: String

  package init(file: String, line: Int? = nil, column: Int? = nil, problem: String) {
    self.file = file
    self.line = line
    self.column = column
    self.problem = problem
  }

  /// "pods.csv:17:12: cpu_milli: 'x' is not a whole number".
  package var description: String {
    let place = [line, column].compactMap { $0.map(String.init) }
    return ([file] + place).joined(separator: ":") + ": " + problem
  }
}
