import Logging
import RedisLease

/// Everything that berthd is told from outside; docs/operations.md lists it.
struct Configuration {
  enum Mode: String, CaseIterable { case development, production }
  enum Algorithm: String, CaseIterable { case HS256, ES256 }

  enum SigningKey {
    /// HS256.
    case secret(String)
    /// ES256, a PEM private key.
    case privateKey(pem: String)
  }

  struct TLS {
    var certificatePath: String
    var keyPath: String
    /// Clients must show a certificate of this CA.
    var clientCAPath: String?
  }

  var mode: Mode
  var databaseURL: String
  var databaseIsPooled: Bool
  var redisURL: RedisURL
  /// Begins every name of ours in Redis.
  var redisPrefix: String
  var signingKey: SigningKey
  /// True: made for this run alone, because development named none.
  var signingKeyIsTemporary: Bool
  var accessTokenLifetime: Duration
  var refreshTokenLifetime: Duration
  var listen: HostAndPort
  var portFile: String?
  var tls: TLS
  /// Where the other replicas reach this one; nil: the listening address.
  var advertise: String?
  /// The CA of the other replicas' certificates; nil: the system's.
  var peerCAPath: String?
  var adminTokenFile: String?
  var loops: Int
  var hashThreads: Int
  var lockLifetime: Duration
  var agentLostAfter: Duration
  /// How long a deployment may lose to smaller work before room is kept for it.
  var reservationAfter: Duration
  /// The number of shards that a new database gets; nil: as it is, 1 where it is new.
  var schedulerShards: Int?
  var pollInterval: Duration
  var drainGrace: Duration
  var logLevel: Logger.Level
  /// For tests alone; nil: none.
  var faults: FaultConfiguration?
}

/// "host:port" or "[v6]:port".
struct HostAndPort: Equatable {
  let host: String
  let port: UInt16

  init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...])
    else { return nil }
    var host = text[..<colon]
    if host.first == "[", host.last == "]" { host = host.dropFirst().dropLast() }
    guard !host.isEmpty else { return nil }
    self.host = String(host)
    self.port = port
  }
}
