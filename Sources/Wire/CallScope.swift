/// What a call that is being served hands on to the calls made to serve it: how long it may still
/// take and the trace it belongs to.
///
/// A server binds one around each handler; the client looks at it once a call, so that a nested
/// call never outlives the call that it is made for, and is logged under the same request.
public struct CallScope: Sendable, Equatable {
  /// Who knows the scope of the task's call: asked when somebody wants to know, which most calls
  /// never do.
  @TaskLocal package static var source: (any CallScopeSource)?

  /// The scope of the task's call; nil outside of any. Inherited by child tasks.
  public static var current: CallScope? { source?.callScope }

  /// When the call ends at the latest; nil: never.
  public var deadline: ContinuousClock.Instant?
  /// The W3C trace context that nested calls carry on, as it stands in the metadata `traceparent`;
  /// nil: none. Another `traceparent` in a nested call's own metadata overrides it.
  public var traceparent: String?
  /// The W3C `tracestate` that goes with it; nil: none.
  public var tracestate: String?
  /// Names the request in logs, here and where nested calls are served (`x-request-id`).
  public var requestID: String?

  /// - Parameter traceparent: `version-traceID-parentID-flags`, as it came.
  public init(
    deadline: ContinuousClock.Instant? = nil, traceparent: String? = nil,
    tracestate: String? = nil, requestID: String? = nil
  ) {
    self.deadline = deadline
    self.traceparent = traceparent
    self.tracestate = tracestate
    self.requestID = requestID
  }

  /// The metadata key under which a trace context travels.
  public static let traceparentKey = "traceparent"
  /// The metadata key of what vendors of tracing systems add to it.
  public static let tracestateKey = "tracestate"
  /// The metadata key of a request's id.
  public static let requestIDKey = "x-request-id"

  /// The W3C wants at least this much of a `tracestate` to be handed on; more is not.
  package static let tracestateBytes = 512

  /// A `tracestate` that may be handed on: printable, and not too long.
  package static func tracestate(in metadata: Metadata?) -> String? {
    guard let bytes = metadata?.bytes(for: tracestateKey),
      (1...tracestateBytes).contains(bytes.count), bytes.allSatisfy({ 0x20...0x7e ~= $0 })
    else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Runs `operation` with this scope as the current one: for programs that are served by
  /// something else than a server of this library.
  public func run<R, E: Error>(_ operation: () async throws(E) -> R) async throws(E) -> R {
    let result = await Self.$source.withValue(FixedCallScope(callScope: self)) {
      () async -> Result<R, E> in
      do throws(E) { return .success(try await operation()) } catch { return .failure(error) }
    }
    return try result.get()
  }
}

/// Tells the scope of a call.
package protocol CallScopeSource: AnyObject, Sendable {
  /// Asked on any thread.
  var callScope: CallScope? { get }
}

/// A scope that is known beforehand.
private final class FixedCallScope: CallScopeSource {
  let callScope: CallScope?

  init(callScope: CallScope) { self.callScope = callScope }
}
