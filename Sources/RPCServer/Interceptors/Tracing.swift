import EventLoop
import Messages
public import Wire

/// Takes calls into the traces that their callers name in the metadata `traceparent`, each with a
/// span of its own: it stands in the access log, and calls made by the handler carry it on. What is
/// malformed is ignored. With a sink, spans of traces that are recorded are handed to it.
public struct Tracing: ServerInterceptor {
  private let startsTraces: Bool
  private let sampler: TraceSampler
  private let sink: (any SpanSink)?

  /// - Parameter startsTraces: whether a call without a trace begins one.
  public init(startsTraces: Bool = false) {
    self.startsTraces = startsTraces
    sampler = .standard
    sink = nil
  }

  /// Hands spans to a sink. A call without a trace begins one, if the sampler takes it.
  public init(into sink: any SpanSink, sampler: TraceSampler = .standard) {
    startsTraces = true
    self.sampler = sampler
    self.sink = sink
  }

  public func prepared(for loop: LoopScope) -> any ServerInterceptor {
    guard let sink else { return LoopTracing(startsTraces: startsTraces) }
    return RecordingTracing(sampler: sampler, sink: sink)
  }
}

/// Ids of spans and traces, of one loop. SplitMix64: they have to be unlikely to meet, not to be
/// secret.
private struct TraceNumbers {
  private var state = UInt64.random(in: 0 ... .max)

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    mixed ^= mixed >> 31
    return mixed == 0 ? 1 : mixed
  }

  /// The caller's trace; nil: none came, or nothing that is one.
  mutating func trace(of call: ServerCall) -> TraceContext? {
    guard let metadata = call.ownMetadata,
      let text = metadata.bytes(for: CallScope.traceparentKey)
    else { return nil }
    return TraceContext(traceparent: text, span: next())
  }

  mutating func root() -> TraceContext {
    TraceContext(traceHigh: next(), traceLow: next(), span: next())
  }
}

/// Confined to its loop.
private final class LoopTracing: ServerInterceptor, @unchecked Sendable {
  // @unchecked: confined to its loop.
  private let startsTraces: Bool
  private var numbers = TraceNumbers()

  init(startsTraces: Bool) { self.startsTraces = startsTraces }

  var phases: CallPhases { .begin }

  func begin(_ call: CallContext) -> Admission {
    if let trace = numbers.trace(of: call.call) {
      call.call.trace = trace
    } else if startsTraces {
      call.call.trace = numbers.root()
    }
    return .proceed
  }
}

/// Where spans are recorded. Confined to its loop.
private final class RecordingTracing: ServerInterceptor, @unchecked Sendable {
  // @unchecked: confined to its loop.
  private let sampler: TraceSampler
  private let sink: any SpanSink
  private var numbers = TraceNumbers()

  init(sampler: TraceSampler, sink: any SpanSink) {
    self.sampler = sampler
    self.sink = sink
  }

  func begin(_ call: CallContext) -> Admission {
    let trace = sampler.sampled(numbers.trace(of: call.call) ?? numbers.root())
    // What nobody records and nobody has named needs no name.
    if trace.isSampled || trace.parentID != nil { call.call.trace = trace }
    return .proceed
  }

  func end(_ call: CallContext, _ outcome: CallOutcome) {
    guard let trace = call.trace, trace.isSampled else { return }
    let end = WallTime.nanoseconds()
    var attributes: [(name: String, value: Span.Value)] = [
      ("rpc.system", .text("berth")), ("rpc.service", .text(call.method.service)),
      ("rpc.method", .text(call.method.name)),
      ("rpc.berth.status_code", .text(outcome.code.name)),
      ("berth.request_id", .text(call.requestID)), ("client.address", .text(call.peer)),
    ]
    if let caller = call.caller { attributes.append(("enduser.id", .text(caller.callerName))) }
    sink.record(
      Span(
        call.method.path, kind: .server, context: trace,
        traceState: CallScope.tracestate(in: call.call.ownMetadata),
        start: end - min(outcome.nanoseconds, end), end: end, attributes: attributes,
        failure: outcome.code.isServerFailure ? outcome.code.name : nil))
  }
}

extension StatusCode {
  /// After OpenTelemetry's conventions: what is the server's failure, not the caller's.
  fileprivate var isServerFailure: Bool {
    switch self {
    case .unknown, .deadlineExceeded, .unimplemented, .internal, .unavailable, .dataLoss: true
    default: false
    }
  }
}
