import Glibc
package import Logging
import Wire

/// Writes log lines to standard error: words on a terminal, JSON elsewhere. One line is one write,
/// so lines of different threads never mix. What is logged while a call is served carries the
/// call's request id, and the ids of its trace if that is recorded.
package struct StandardErrorLogHandler: LogHandler {
  private static let writesJSON = isatty(STDERR_FILENO) == 0

  private let label: String
  package var logLevel: Logger.Level
  package var metadata: Logger.Metadata = [:]

  package var metadataProvider: Logger.MetadataProvider?

  package init(label: String, logLevel: Logger.Level = .info) {
    self.label = label
    self.logLevel = logLevel
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    let line = line(event, isJSON: Self.writesJSON)
    let bytes = Array(line.utf8)
    // Nobody to tell if standard error is gone.
    _ = write(STDERR_FILENO, bytes, bytes.count)
  }

  /// The line with its end. A name of ours wins over metadata of that name.
  func line(_ event: LogEvent, isJSON: Bool) -> String {
    let all = fields(event).sorted { $0.key < $1.key }
    var line = ""
    if isJSON {
      line += "{\"time\":\"\(Self.time())\",\"level\":\"\(event.level)\",\"logger\":"
      line += "\(JSONText.quoted(label)),\"message\":\(JSONText.quoted("\(event.message)"))"
      for (key, value) in all where !Self.names.contains(key) {
        line += ",\(JSONText.quoted(key)):\(JSONText.quoted("\(value)"))"
      }
      line += "}\n"
    } else {
      line += "\(Self.time()) \(event.level) \(label): \(event.message)"
      for (key, value) in all { line += " \(key)=\(value)" }
      // What somebody else chose must not look like a line of its own.
      line = line.replacing("\n", with: "\\n").replacing("\r", with: "\\r") + "\n"
    }
    return line
  }

  private static let names: Set<String> = ["time", "level", "logger", "message"]

  /// The logger's metadata, the call's, the line's: the later wins.
  private func fields(_ event: LogEvent) -> Logger.Metadata {
    var all = metadata
    if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
    if let scope = CallScope.current {
      if let id = scope.requestID { all["request_id"] = "\(id)" }
      if let trace = scope.traceparent.flatMap({ TraceContext(traceparent: $0) }), trace.isSampled {
        all["trace_id"] = "\(trace.traceID)"
        all["span_id"] = "\(trace.spanID)"
      }
    }
    if let own = event.metadata { all.merge(own) { $1 } }
    return all
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
}
