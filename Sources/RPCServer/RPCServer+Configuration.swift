package import Transport

extension RPCServer {
  /// Where and how to listen.
  public struct Configuration: Sendable {
    /// Name or address. Every address that it stands for is listened on.
    public var host: String
    /// 0: any free one; `boundPort` tells which.
    public var port: UInt16
    public var identity: ServerIdentity?
    /// Threads that serve calls, each with an event loop; 0: one a core.
    public var loops = 0
    /// How long a loop stays awake for the next call where one client makes one call after the
    /// other and nobody else makes any; it answers sooner, and takes the CPU time that it would
    /// sleep. A pause longer than this ends it until such calls have come again. Zero: it sleeps at
    /// once.
    public var busyPoll = Duration.microseconds(50)
    /// How long calls in flight may go on once `run` was told to end.
    public var drainGrace = Duration.seconds(8)
    public var limits = ServerLimits()
    package var transport = TransportLimits()
    /// Connections in all, by address, in their handshake.
    package var connections = ListenerLimits()

    public init(host: String = "127.0.0.1", port: UInt16 = 0, identity: ServerIdentity) {
      self.host = host
      self.port = port
      self.identity = identity
    }

    /// For a server that is given its TLS context and its loops.
    package init(host: String = "127.0.0.1", port: UInt16 = 0) {
      self.host = host
      self.port = port
    }
  }
}

/// What the transport bounds, by the names that a server's program knows.
extension RPCServer.Configuration {
  /// Connections in all; what is over is refused before TLS costs anything.
  public var maximumConnections: Int {
    get { connections.connections }
    set { connections.connections = newValue }
  }

  /// Connections from one address.
  public var maximumConnectionsPerAddress: Int {
    get { connections.connectionsPerAddress }
    set { connections.connectionsPerAddress = newValue }
  }

  /// Calls that a client may have open on one connection; more wait at the client.
  public var maximumStreams: Int {
    get { transport.streams }
    set { transport.streams = newValue }
  }

  /// Bytes of a message that is accepted.
  public var maximumMessageBytes: Int {
    get { transport.messageBytes }
    set { transport.messageBytes = newValue }
  }

  /// Without a byte from a client before it is asked whether it is there; nil: never.
  public var keepaliveInterval: Duration? {
    get { transport.keepaliveInterval }
    set { transport.keepaliveInterval = newValue }
  }

  /// Age at which a connection is drained, so that clients find new servers; nil: never.
  public var connectionAge: Duration? {
    get { transport.connectionAge }
    set { transport.connectionAge = newValue }
  }
}
