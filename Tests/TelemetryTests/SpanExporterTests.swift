import Foundation
import Logging
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Telemetry

/// Spans on their way to a collector that is there, slow, full, or not there.
@Suite(.timeLimit(.minutes(1))) struct SpanExporterTests {
  private static func span(_ name: String = "work", failure: String? = nil) -> Span {
    let root = TraceContext.root(isSampled: true)
    return Span(
      name, kind: .server, context: root.child(), traceState: "a=b",
      start: 1_700_000_000_123_456_789, end: 1_700_000_000_223_456_789,
      attributes: [
        ("text", .text("\"quoted\"\n\u{1}百")), ("number", .integer(.max)), ("flag", .flag(true)),
      ], failure: failure)
  }

  /// Runs an exporter to a collector while `body` goes on, then to its end.
  private static func export(
    to collector: HTTPCollector, environment: [String: String] = [:], log: RecordedLog,
    _ body: (SpanExport) async throws -> Void
  ) async throws {
    var all = environment
    all["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.url
    all["OTEL_BSP_SCHEDULE_DELAY"] = "1"
    let variables = all
    let export = try #require(
      try SpanExport.start(service: "tests", version: "1.2", logger: log.logger) { variables[$0] })
    try await body(export)
    await export.end()
  }

  @Test func `a span comes as it was recorded`() async throws {
    let (collector, log) = (try HTTPCollector(), RecordedLog())
    let span = Self.span(failure: "INTERNAL")
    try await Self.export(
      to: collector,
      environment: [
        "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20key,x-tenant=a",
        "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment=test",
      ], log: log
    ) { $0.exporter.queue.record(span) }
    let got = try #require(try collector.spans().first)
    #expect(got.service == "tests" && got.name == "work" && got.kind == 2 && got.isError)
    #expect(got.trace == span.context.traceID && got.id == span.context.spanID)
    #expect(got.parent == span.context.parentID && got.state == "a=b")
    #expect(got.start == span.start && got.end == span.end)
    #expect(
      got.attributes == [
        "text": "\"quoted\"\n\u{1}百", "number": "9223372036854775807", "flag": "true",
      ])
    let request = try #require(collector.requests.first)
    #expect(request.headers["authorization"] == "Bearer key" && request.headers["x-tenant"] == "a")
    #expect(String(decoding: request.body, as: UTF8.self).contains("deployment.environment"))
    #expect(log.lines.isEmpty)
  }

  @Test func `what a full or absent collector did not take is sent again`() async throws {
    let (collector, log) = (
      try HTTPCollector(answers: [
        .init(status: 429, headers: ["retry-after": "0"]), .init(status: 503),
      ]), RecordedLog()
    )
    try await Self.export(to: collector, log: log) { export in
      export.exporter.queue.record(Self.span())
      try await eventually("the third attempt") { collector.requests.count == 3 }
    }
    let bodies = Set(collector.requests.map(\.body))
    #expect(collector.requests.count == 3 && bodies.count == 1, "the same, three times")
    #expect(log.lines.isEmpty)
  }

  @Test func `what is refused is not sent again, and is told once, with its number`() async throws {
    let refusal = HTTPCollector.Answer(status: 400)
    let (collector, log) = (
      try HTTPCollector(answers: [refusal, refusal]), RecordedLog()
    )
    try await Self.export(to: collector, log: log) { export in
      for index in 1...3 {
        export.exporter.queue.record(Self.span())
        try await eventually("request \(index)") { collector.requests.count == index }
      }
      try await eventually("the end of it") { log.lines.count == 2 }
    }
    #expect(log.lines.map(\.message) == ["spans are lost", "spans are taken again"])
    #expect(log.lines[0].metadata["reason"]?.contains("400") == true)
    #expect(log.lines[1].metadata["lost"] == "2")
  }

  @Test func `a collector that takes a part says how many it refuses`() async throws {
    let partial = #"{"partialSuccess":{"rejectedSpans":"1","errorMessage":"too old"}}"#
    let (collector, log) = (try HTTPCollector(answers: [.init(body: partial)]), RecordedLog())
    try await Self.export(to: collector, log: log) { $0.exporter.queue.record(Self.span()) }
    #expect(log.lines.first?.metadata["reason"]?.contains("refuses 1: too old") == true)
  }

  @Test func `recording never waits, and what finds no room is counted`() async throws {
    let queue = SpanQueue()
    let span = Self.span()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask { for _ in 0..<TelemetryLimits.waitingSpans / 2 { queue.record(span) } }
      }
    }
    #expect(queue.count == TelemetryLimits.waitingSpans)
    let (spans, dropped) = queue.take(10)
    #expect(spans.count == 10 && dropped == TelemetryLimits.waitingSpans)
    #expect(queue.take(1).dropped == 0)
  }

  @Test func `the end waits for what is left, but not for ever`() async throws {
    let (collector, log) = (
      try HTTPCollector(answers: Array(repeating: .init(delay: 30), count: 9)), RecordedLog()
    )
    let begin = ContinuousClock.now
    try await Self.export(to: collector, log: log) { $0.exporter.queue.record(Self.span()) }
    #expect(ContinuousClock.now - begin < TelemetryLimits.flushTime * 3)
  }

  @Test func `many spans go in batches`() async throws {
    let (collector, log) = (try HTTPCollector(), RecordedLog())
    try await Self.export(to: collector, log: log) { export in
      for _ in 0..<2 * TelemetryLimits.spansPerRequest + 1 {
        export.exporter.queue.record(Self.span())
      }
    }
    #expect(try collector.spans().count == 2 * TelemetryLimits.spansPerRequest + 1)
    #expect(collector.requests.count >= 3)
  }
}

/// Log lines, kept.
final class RecordedLog: Sendable {
  struct Line: Sendable {
    let message: String
    let metadata: [String: String]
  }

  private let kept = Mutex<[Line]>([])

  var lines: [Line] { kept.withLock { $0 } }
  var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

  private struct Handler: LogHandler {
    let log: RecordedLog
    var logLevel = Logger.Level.trace
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      let line = Line(
        message: "\(event.message)", metadata: (event.metadata ?? [:]).mapValues { "\($0)" })
      log.kept.withLock { $0.append(line) }
    }
  }
}
