package import EventLoop

/// How a channel connects, and what its calls have in common.
public struct ChannelOptions: Sendable {
  /// Whom a server's certificate must be signed by.
  public enum Trust: Sendable, Hashable {
    /// An authority that the system trusts.
    case system
    /// One in this PEM file.
    case certificateAuthority(path: String)
  }

  /// What the client shows to a server that asks for a certificate: PEM files.
  public struct ClientCertificate: Sendable, Hashable {
    public var chainPath: String
    public var privateKeyPath: String

    public init(chainPath: String, privateKeyPath: String) {
      self.chainPath = chainPath
      self.privateKeyPath = privateKeyPath
    }
  }

  public var trust: Trust
  /// Where the calls' bearer token comes from; nil: none.
  public var credentials: (any CredentialsProvider)?
  /// The name that the server's certificate must be for; nil: the target's host.
  public var serverName: String?
  public var clientCertificate: ClientCertificate?
  /// Deadline of a unary call that has none of its own. Streaming calls have none then.
  public var unaryDeadline = Duration.seconds(30)
  /// Whether calls wait for a connection rather than fail when none can be made.
  public var waitForReady = false
  /// For TCP and TLS together, with each address.
  public var connectTimeout = Duration.seconds(10)
  /// Silence after which the server is asked whether it is there; nil: never.
  public var keepalive: Duration? = .seconds(30)
  /// Bytes of the largest message that is accepted. Less than 64 KiB counts as that.
  public var messageBytes = 4 << 20
  /// How calls spread over the target's addresses.
  public var balancing = Balancing.pickFirst
  /// Connections to each address, at most. There is one; more are made while every stream of those
  /// there are is in use and calls wait. 1 to 64.
  public var connections = 4
  /// A connection beyond an address's first that had no call for so long is closed.
  public var connectionIdleTimeout = Duration.seconds(30)
  /// Calls that may wait for a connection or a free stream, first come first served; one more fails
  /// with RESOURCE_EXHAUSTED.
  public var waitingCalls = 16_384
  /// When calls that failed are made again.
  public var retryPolicy = RetryPolicy()
  /// Whether unary calls that may be repeated are made more than once at a time; nil: no.
  public var hedgingPolicy: HedgingPolicy?
  /// Around every attempt of every call: begun in this order, ended in the opposite one.
  public var interceptors: [any ClientInterceptor] = []
  /// Looks up the addresses of a host and a port.
  package typealias Resolver = @Sendable (String, UInt16) async throws -> [SocketAddress]
  /// nil: the system's.
  package var resolver: Resolver?
  /// The loop that connections live on; nil: one that all such channels of the process share.
  package var loop: EventLoop?

  /// - Parameter token: a bearer token that does not change, such as an API key.
  public init(
    trust: Trust = .system, token: String? = nil, credentials: (any CredentialsProvider)? = nil,
    serverName: String? = nil, clientCertificate: ClientCertificate? = nil
  ) {
    self.trust = trust
    self.credentials = credentials ?? token.map { FixedCredentials($0) }
    self.serverName = serverName
    self.clientCertificate = clientCertificate
  }

  var boundedConnections: Int { min(max(connections, 1), ClientLimits.connections) }
}
