import Logging

extension Logger {
  /// Says nothing, for tests that make trouble on purpose.
  static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}
