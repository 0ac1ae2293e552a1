public import Wire

/// How an attempt of a call ended.
public struct ClientCallOutcome: Sendable {
  /// OK for success.
  public let status: RPCStatus
  /// The metadata that came with the status.
  public let trailers: Metadata
  /// From the first interceptor's `begin` on.
  public let duration: Duration
  /// Where it went; nil: nowhere.
  public let server: Target.Endpoint?
  /// Whether the caller gets this outcome. False where another attempt follows, or won.
  public let isFinal: Bool
}
