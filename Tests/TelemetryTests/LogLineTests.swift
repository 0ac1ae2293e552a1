import Foundation
import Logging
import Testing
import Wire

@testable import Telemetry

/// What a log line looks like.
struct LogLineTests {
  private static func line(
    _ message: Logger.Message, metadata: Logger.Metadata = [:], isJSON: Bool = true
  ) -> String {
    let handler = StandardErrorLogHandler(label: "berthd")
    return handler.line(
      LogEvent(
        level: .warning, message: message, metadata: metadata, source: "s", file: "f",
        function: "g", line: 1), isJSON: isJSON)
  }

  private static func fields(_ line: String) throws -> [String: String] {
    let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
    return try #require(value as? [String: String])
  }

  @Test func `a line is one JSON object with time, level, logger and message`() throws {
    let line = Self.line(
      "a \"b\"\n\u{1b}[2J百", metadata: ["key": "v\\", "time": "mine", "message": "other"])
    #expect(line.hasSuffix("}\n") && line.filter { $0 == "\n" }.count == 1)
    let fields = try Self.fields(line)
    #expect(fields["level"] == "warning" && fields["logger"] == "berthd")
    #expect(fields["message"] == "a \"b\"\n\u{1b}[2J百" && fields["key"] == "v\\")
    #expect(fields["time"]?.wholeMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/#) != nil)
    #expect(fields["request_id"] == nil)
  }

  @Test func `within a call it has the request's id, and the trace's where it is recorded`()
    async throws
  {
    let trace = TraceContext.root(isSampled: true)
    let recorded = await CallScope(traceparent: trace.traceparent, requestID: "r-1").run {
      Self.line("x")
    }
    let fields = try Self.fields(recorded)
    #expect(fields["request_id"] == "r-1" && fields["trace_id"] == trace.traceID)
    #expect(fields["span_id"] == trace.spanID)
    let other = await CallScope(traceparent: trace.sampled(false).traceparent, requestID: "r-2")
      .run { Self.line("x", metadata: ["request_id": "own"]) }
    #expect(try Self.fields(other)["trace_id"] == nil)
    #expect(try Self.fields(other)["request_id"] == "own", "what a line says itself stays")
  }

  @Test func `on a terminal it is words, and still one line`() async {
    let line = await CallScope(requestID: "r-1").run {
      Self.line("a\nb", metadata: ["key": "v"], isJSON: false)
    }
    #expect(line.hasSuffix(" warning berthd: a\\nb key=v request_id=r-1\n"))
  }
}
