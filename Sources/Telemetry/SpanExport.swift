package import Logging

/// An exporter with the task that it runs in.
package struct SpanExport: Sendable {
  package let exporter: SpanExporter
  private let task: Task<Void, Never>

  /// Nil: the environment names no collector.
  package static func start(
    service: String, version: String, logger: Logger, _ value: @escaping (String) -> String?
  ) throws(TelemetrySettingsError) -> SpanExport? {
    guard
      let settings = try TelemetrySettings(service: service, version: version, value)
    else { return nil }
    let exporter = SpanExporter(settings, version: version, logger: logger)
    return SpanExport(exporter: exporter, task: Task.detached { await exporter.run() })
  }

  /// Sends what is left, in a few seconds at most.
  package func end() async {
    exporter.stop()
    let task = task
    let limit = Task.detached {
      try await Task.sleep(for: TelemetryLimits.flushTime)
      task.cancel()
    }
    await task.value
    limit.cancel()
  }
}
