import Foundation

/// Standard output and error. Colour and progress appear only on a terminal.
enum Terminal {
  static let hasColour: Bool =
    isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
    && ProcessInfo.processInfo.environment["TERM"] != "dumb"

  static let showsProgress = isatty(STDERR_FILENO) == 1

  static func print(_ line: String) {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
  }

  static func write(_ bytes: [UInt8], toError: Bool) {
    (toError ? FileHandle.standardError : FileHandle.standardOutput).write(Data(bytes))
  }

  static func error(_ text: String, terminator: String = "\n") {
    FileHandle.standardError.write(Data((text + terminator).utf8))
  }

  /// A line about what is going on, for people who wait.
  static func progress(_ text: String) {
    if showsProgress { error(text) }
  }

  static func coloured(_ text: String, _ colour: Colour) -> String {
    hasColour ? "\u{1b}[\(colour.rawValue)m\(text)\u{1b}[0m" : text
  }

  enum Colour: Int {
    case red = 31
    case green = 32
    case yellow = 33
    case blue = 34
    case grey = 90
  }
}
