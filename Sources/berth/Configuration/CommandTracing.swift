import Foundation
import Logging
import RPCClient
import Telemetry
import Wire

/// A command as a part of a trace: of the one that `TRACEPARENT` names, else of one that begins
/// with it where OpenTelemetry's variables name a collector. Its calls carry the trace to the
/// server.
struct CommandTracing: Sendable {
  /// Of the command that runs; nil: nobody records it.
  @TaskLocal static var current: CommandTracing?

  private let export: SpanExport

  /// What a channel's calls are recorded by.
  var interceptor: any ClientInterceptor {
    TracingInterceptor(into: export.exporter.queue, sampler: export.exporter.sampler)
  }

  /// Runs a command, and sends what was recorded of it.
  ///
  /// - Parameter arguments: the first is the command's name.
  static func run(
    _ arguments: [String], _ command: () async throws -> Void
  ) async throws {
    let environment = ProcessInfo.processInfo.environment
    let caller = environment["TRACEPARENT"].flatMap { TraceContext(traceparent: $0) }
    guard let export = export(environment) else {
      guard let caller else { return try await command() }
      return try await scope(of: caller, environment).run(command)
    }
    let context =
      caller?.child() ?? export.exporter.sampler.sampled(.root(isSampled: false))
    let start = WallTime.nanoseconds()
    let result: Result<Void, any Error>
    do {
      try await $current.withValue(CommandTracing(export: export)) {
        try await scope(of: context, environment).run(command)
      }
      result = .success(())
    } catch {
      result = .failure(error)
    }
    if context.isSampled {
      export.exporter.queue.record(
        Span(
          name(arguments), kind: .internal, context: context,
          traceState: environment["TRACESTATE"], start: start,
          end: max(start, WallTime.nanoseconds()), failure: failure(result)))
    }
    await export.end()
    try result.get()
  }

  /// A setting that is wrong fails no command: it may be meant for other programs.
  private static func export(_ environment: [String: String]) -> SpanExport? {
    let logger = Logger(label: "berth") { label in
      StandardErrorLogHandler(label: label, logLevel: .warning)
    }
    do throws(TelemetrySettingsError) {
      return try SpanExport.start(
        service: "berth", version: BerthVersion.current, logger: logger
      ) { environment[$0] }
    } catch {
      Terminal.error("berth: no trace is recorded: \(error)")
      return nil
    }
  }

  private static func scope(
    of context: TraceContext, _ environment: [String: String]
  ) -> CallScope {
    CallScope(
      traceparent: context.traceparent,
      tracestate: CallScope.tracestate(
        in: environment["TRACESTATE"].map { [CallScope.tracestateKey: $0] }))
  }

  /// The command's words; what else was typed is not told.
  private static func name(_ arguments: [String]) -> String {
    guard let first = arguments.first, first.allSatisfy({ $0.isLowercase || $0 == "-" }) else {
      return "berth"
    }
    return "berth \(first)"
  }

  private static func failure(_ result: Result<Void, any Error>) -> String? {
    guard case .failure(let error) = result else { return nil }
    return (error as? RPCStatus)?.code.name ?? "\(type(of: error))"
  }
}
