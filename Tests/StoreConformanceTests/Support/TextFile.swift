internal import Foundation

enum TextFile {
  static func read(_ path: String) throws -> String {
    try String(contentsOfFile: path, encoding: .utf8)
  }
}

extension String {
  var trimmingLastNewline: String { hasSuffix("\n") ? String(dropLast()) : self }
}
