public import Wire

/// What one call has of its own.
public struct CallOptions: Sendable {
  /// How the call says who calls.
  public enum Credentials: Sendable, Hashable {
    /// As the channel does.
    case channel
    /// By this bearer token.
    case token(String)
    /// Not at all.
    case none
  }

  /// For the whole call with its retries; nil: the channel's for unary calls, none for streaming
  /// ones.
  public var deadline: Duration?
  /// Goes with the request. Keys under `authorization` are the credentials'.
  public var metadata: Metadata
  /// Whether to wait for a connection rather than fail when none can be made; nil: as the channel
  /// does.
  public var waitForReady: Bool?
  public var credentials: Credentials
  /// Whether a failed attempt is repeated where that is safe. False holds even for what the server
  /// provably did not begin, and turns hedging off.
  public var retries = true
  /// When this call is made again; nil: as the channel does.
  public var retryPolicy: RetryPolicy?
  /// Whether this call is made more than once at a time; nil: as the channel does.
  public var hedgingPolicy: HedgingPolicy?
  /// Told the metadata that came with the status, whatever it is. Called once an attempt, on the
  /// channel's loop: it must not block.
  public var onTrailers: (@Sendable (Metadata) -> Void)?

  /// - Parameter token: a bearer token for this call, instead of the channel's.
  public init(
    deadline: Duration? = nil, metadata: Metadata = Metadata(), waitForReady: Bool? = nil,
    token: String? = nil
  ) {
    self.deadline = deadline
    self.metadata = metadata
    self.waitForReady = waitForReady
    credentials = token.map { .token($0) } ?? .channel
  }
}
