/// What a call that is being served hands on to the calls made to serve it: how long it may still
/// take and the trace it belongs to.
///
/// A server binds one around each handler (`CallScope.$current.withValue(...)`); the client looks
/// at it once a call, so that a nested call never outlives the call that it is made for.
public struct CallScope: Sendable, Equatable {
  /// The scope of the task's call; nil outside of any. Inherited by child tasks.
  @TaskLocal public static var current: CallScope?

  /// When the call ends at the latest; nil: never.
  public var deadline: ContinuousClock.Instant?
  /// The W3C trace context that nested calls carry on, as it stands in the metadata `traceparent`;
  /// nil: none. Another `traceparent` in a nested call's own metadata overrides it.
  public var traceparent: String?

  /// - Parameter traceparent: `version-traceID-parentID-flags`, as it came.
  public init(deadline: ContinuousClock.Instant? = nil, traceparent: String? = nil) {
    self.deadline = deadline
    self.traceparent = traceparent
  }

  /// The metadata key under which a trace context travels.
  public static let traceparentKey = "traceparent"
}
