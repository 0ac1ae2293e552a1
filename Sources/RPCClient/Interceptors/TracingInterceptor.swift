public import Wire

/// Records a span of each attempt of each call, below the span that the call is made for
/// (`CallScope`) or that its own metadata names, and hands the trace on to the server. Where there
/// is none a trace begins, if the sampler takes it.
public struct TracingInterceptor: ClientInterceptor {
  private struct Begun: Sendable {
    let context: TraceContext
    let start: UInt64
  }

  private let sink: any SpanSink
  private let sampler: TraceSampler

  public init(into sink: any SpanSink, sampler: TraceSampler = .standard) {
    self.sink = sink
    self.sampler = sampler
  }

  public func begin(_ call: inout ClientCallContext) async throws(RPCStatus) {
    let caller = call.metadata[CallScope.traceparentKey].flatMap { TraceContext(traceparent: $0) }
    let context = caller?.child() ?? sampler.sampled(.root(isSampled: false))
    call.metadata.replace(with: context.traceparent, for: CallScope.traceparentKey)
    if context.isSampled {
      call.attach(Begun(context: context, start: WallTime.nanoseconds()))
    }
  }

  public func end(_ call: ClientCallContext, _ outcome: ClientCallOutcome) {
    guard let begun = call.attached(Begun.self) else { return }
    var attributes: [(name: String, value: Span.Value)] = [
      ("rpc.system", .text("berth")), ("rpc.service", .text(call.method.service)),
      ("rpc.method", .text(call.method.name)),
      ("rpc.berth.status_code", .text(outcome.status.code.name)),
    ]
    if let server = outcome.server {
      attributes.append(("server.address", .text(server.host)))
      attributes.append(("server.port", .integer(Int64(server.port))))
    }
    if call.attempt > 1 {
      attributes.append(("rpc.berth.attempt", .integer(Int64(call.attempt))))
    }
    let (seconds, attoseconds) = outcome.duration.components
    let nanoseconds =
      UInt64(clamping: seconds) &* 1_000_000_000
      &+ UInt64(clamping: attoseconds / 1_000_000_000)
    sink.record(
      Span(
        call.method.path, kind: .client, context: begun.context,
        traceState: call.metadata[CallScope.tracestateKey], start: begun.start,
        end: begun.start &+ nanoseconds, attributes: attributes,
        // Who gives a call up has what it wanted.
        failure: [.ok, .cancelled].contains(outcome.status.code) ? nil : outcome.status.code.name))
  }
}
