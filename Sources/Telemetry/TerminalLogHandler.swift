import Glibc
package import Logging

/// Writes log lines to standard error: words on a terminal, JSON elsewhere. One line is one write,
/// so lines of different threads never mix.
package struct TerminalLogHandler: LogHandler {
  private static let writesJSON = isatty(STDERR_FILENO) == 0

  private let label: String
  package var logLevel: Logger.Level
  package var metadata: Logger.Metadata = [:]

  package init(label: String, logLevel: Logger.Level = .info) {
    self.label = label
    self.logLevel = logLevel
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    let all = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
    var line = ""
    if Self.writesJSON {
      line += "{\"time\":\"\(Self.time())\",\"level\":\"\(event.level)\",\"logger\":"
      line += "\(Self.quoted(label)),\"message\":\(Self.quoted("\(event.message)"))"
      for (key, value) in all { line += ",\(Self.quoted(key)):\(Self.quoted("\(value)"))" }
      line += "}\n"
    } else {
      line += "\(Self.time()) \(event.level) \(label): \(event.message)"
      for (key, value) in all { line += " \(key)=\(value)" }
      line += "\n"
    }
    let bytes = Array(line.utf8)
    // Nobody to tell if standard error is gone.
    _ = write(STDERR_FILENO, bytes, bytes.count)
  }

  private static func time() -> String {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    var parts = tm()
    gmtime_r(&now.tv_sec, &parts)
    func padded(_ value: some BinaryInteger, _ width: Int) -> String {
      let text = String(value)
      return String(repeating: "0", count: max(0, width - text.count)) + text
    }
    return "\(parts.tm_year + 1900)-\(padded(parts.tm_mon + 1, 2))-\(padded(parts.tm_mday, 2))"
      + "T\(padded(parts.tm_hour, 2)):\(padded(parts.tm_min, 2)):\(padded(parts.tm_sec, 2))"
      + ".\(padded(now.tv_nsec / 1_000_000, 3))Z"
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where scalar.value < 0x20:
        let hex = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
