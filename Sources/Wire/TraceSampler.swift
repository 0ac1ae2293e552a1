/// Which traces are recorded.
public struct TraceSampler: Sendable, Hashable {
  /// As the caller says; of what begins here, all.
  public static let standard = TraceSampler(followsCaller: true, part: 1)

  private let followsCaller: Bool
  /// A bound of `TraceContext.randomBits`.
  private let bound: UInt64

  /// - Parameters:
  ///   - followsCaller: whether a trace that somebody else began is recorded if and only if they
  ///     record it.
  ///   - part: of all other traces, from 0 to 1. Everybody who takes the same part takes the same
  ///     traces.
  public init(followsCaller: Bool, part: Double) {
    self.followsCaller = followsCaller
    let all = UInt64(1) << 56
    bound = part >= 1 ? all : UInt64(Double(all) * max(part, 0))
  }

  /// What is recorded, as a context says it.
  package func sampled(_ context: TraceContext) -> TraceContext {
    if followsCaller, context.hasParent { return context }
    return context.sampled(context.randomBits < bound)
  }
}
