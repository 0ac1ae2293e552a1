import Testing
import TestSupport

/// A place that breaks a rule of the style.
struct Violation: Equatable, Sendable {
  let path: String
  let line: Int
  let problem: String
}

extension [Violation] {
  /// Fails the test once for each, at the place itself.
  func report() {
    for violation in self {
      Issue.record(
        "\(violation.path):\(violation.line): \(violation.problem)",
        sourceLocation: SourceLocation(
          fileID: "berth/" + violation.path,
          filePath: TestEnvironment.checkout + "/" + violation.path,
          line: violation.line, column: 1))
    }
  }
}
