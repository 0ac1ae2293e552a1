import Messages
import Wire

/// Takes calls into the traces that their callers name in the metadata `traceparent`, each with a
/// span of its own: it stands in the access log, and calls made by the handler carry it on. What is
/// malformed is ignored.
public struct Tracing: ServerInterceptor {
  private let startsTraces: Bool

  /// - Parameter startsTraces: whether a call without a trace begins one.
  public init(startsTraces: Bool = false) { self.startsTraces = startsTraces }

  public func prepared(for loop: LoopScope) -> any ServerInterceptor {
    LoopTracing(startsTraces: startsTraces)
  }
}

/// Confined to its loop.
private final class LoopTracing: ServerInterceptor, @unchecked Sendable {
  // @unchecked: confined to its loop.
  private let startsTraces: Bool
  /// SplitMix64: ids have to be unlikely to meet, not to be secret.
  private var state = UInt64.random(in: 0 ... .max)

  init(startsTraces: Bool) { self.startsTraces = startsTraces }

  var phases: CallPhases { .begin }

  func begin(_ call: CallContext) -> Admission {
    if let metadata = call.call.ownMetadata,
      let text = metadata.bytes(for: CallScope.traceparentKey),
      let trace = TraceContext(traceparent: text, span: next())
    {
      call.call.trace = trace
    } else if startsTraces {
      call.call.trace = TraceContext(traceHigh: next(), traceLow: next(), span: next())
    }
    return .proceed
  }

  private func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    mixed ^= mixed >> 31
    return mixed == 0 ? 1 : mixed
  }
}
