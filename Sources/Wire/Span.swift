/// Work that was done as part of a trace: a call as its client or its server saw it, a statement,
/// a container's start.
public struct Span: Sendable {
  /// Who did it for whom.
  public enum Kind: Sendable, Hashable {
    case `internal`, server, client, producer, consumer
  }

  public enum Value: Sendable, Hashable {
    case text(String)
    case integer(Int64)
    case flag(Bool)
  }

  public var name: String
  public var kind: Kind
  public var context: TraceContext
  /// The W3C's `tracestate` as it came; nil: none.
  public var traceState: String?
  /// Nanoseconds since 1970.
  public var start: UInt64
  public var end: UInt64
  /// Under the names of OpenTelemetry's conventions, in their order.
  public var attributes: [(name: String, value: Value)]
  /// What went wrong; nil: nothing.
  public var failure: String?

  public init(
    _ name: String, kind: Kind, context: TraceContext, traceState: String? = nil, start: UInt64,
    end: UInt64, attributes: [(name: String, value: Value)] = [], failure: String? = nil
  ) {
    self.name = name
    self.kind = kind
    self.context = context
    self.traceState = traceState
    self.start = start
    self.end = end
    self.attributes = attributes
    self.failure = failure
  }
}

/// Takes spans that are over.
public protocol SpanSink: Sendable {
  /// Called where the work ended, also on a loop: must not block.
  func record(_ span: Span)
}
