import Logging
import Synchronization

/// Keeps what is logged.
final class RecordedLog: Sendable {
  struct Line: Sendable {
    let level: Logger.Level
    let message: String
    let metadata: [String: String]
  }

  private let recorded = Mutex<[Line]>([])

  var lines: [Line] { recorded.withLock { $0 } }

  func append(_ line: Line) { recorded.withLock { $0.append(line) } }

  var logger: Logger {
    var logger = Logger(label: "test") { _ in RecordedLogHandler(log: self) }
    logger.logLevel = .trace
    return logger
  }
}

struct RecordedLogHandler: LogHandler {
  let log: RecordedLog
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.trace

  init(log: RecordedLog) { self.log = log }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let values = metadata.merging(event.metadata ?? [:]) { $1 }
    log.append(
      RecordedLog.Line(
        level: event.level, message: event.message.description,
        metadata: values.mapValues(\.description)))
  }
}
