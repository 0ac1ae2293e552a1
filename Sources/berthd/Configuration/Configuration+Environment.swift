import Cryptography
import Domain
import Logging
import RedisLease

extension Configuration {
  /// Shorter HS256 keys are refused: RFC 7518 asks for as many bits as the hash has.
  private static let secretKeyBytes = 32

  /// Reads and checks everything; throws the first value that is missing or bad.
  init(_ environment: EnvironmentValues) throws(ConfigurationError) {
    mode = try environment.choice("BERTH_ENVIRONMENT", default: .production)
    databaseURL = try environment.required(
      "DATABASE_URL", "give a PostgreSQL URL such as postgresql://berth:secret@localhost:5432/berth"
    )
    guard databaseURL.hasPrefix("postgresql://") || databaseURL.hasPrefix("postgres://") else {
      throw ConfigurationError("DATABASE_URL", "does not begin with postgresql://")
    }
    databaseIsPooled = try environment.boolean("BERTH_DATABASE_POOLER", default: false)
    redisURL = try Self.redisURL(environment)
    redisPrefix = environment.text("BERTH_REDIS_PREFIX") ?? "berth:"
    (signingKey, signingKeyIsTemporary) = try Self.signingKey(environment, mode: mode)
    accessTokenLifetime = .seconds(
      60 * (try environment.integer("ACCESS_TOKEN_EXPIRE_MINUTES", default: 30, in: 1...1_440)))
    refreshTokenLifetime = .seconds(
      86_400 * (try environment.integer("BERTH_REFRESH_TOKEN_DAYS", default: 30, in: 1...366)))
    let address = environment.text("BERTH_LISTEN") ?? "0.0.0.0:7443"
    guard let listen = HostAndPort(address) else {
      throw ConfigurationError("BERTH_LISTEN", "is \"\(address)\", not HOST:PORT")
    }
    self.listen = listen
    portFile = environment.text("BERTH_PORT_FILE")
    tls = try Self.tls(environment)
    advertise = environment.text("BERTH_ADVERTISE")
    if let advertise, HostAndPort(advertise) == nil {
      throw ConfigurationError("BERTH_ADVERTISE", "is \"\(advertise)\", not HOST:PORT")
    }
    peerCAPath = try Self.readable(environment, "BERTH_PEER_CA")
    adminTokenFile = environment.text("BERTH_ADMIN_TOKEN_FILE")
    loops = try environment.integer("BERTH_LOOPS", default: 0, in: 0...256)
    hashThreads = try environment.integer("BERTH_HASH_THREADS", default: 1, in: 1...64)
    let lockSeconds = try environment.integer("BERTH_LOCK_SECONDS", default: 5, in: 2...300)
    faults = try FaultConfiguration.read(environment, mode: mode)
    lockLifetime = faults?.lockLifetime ?? .seconds(lockSeconds)
    agentLostAfter = .seconds(
      try environment.integer("BERTH_AGENT_LOST_SECONDS", default: 15, in: 3...3_600))
    reservationAfter = .seconds(
      try environment.integer("BERTH_RESERVATION_SECONDS", default: 30, in: 1...86_400))
    schedulerShards =
      environment.text("BERTH_SCHEDULER_SHARDS") == nil
      ? nil
      : try environment.integer(
        "BERTH_SCHEDULER_SHARDS", default: 1, in: 1...SchedulingLimits.shards)
    pollInterval = .milliseconds(
      try environment.integer("BERTH_POLL_MILLISECONDS", default: 1_000, in: 50...60_000))
    drainGrace = .seconds(try environment.integer("BERTH_DRAIN_SECONDS", default: 8, in: 0...600))
    logLevel = try environment.choice("BERTH_LOG_LEVEL", default: .info)
  }

  private static func redisURL(
    _ environment: EnvironmentValues
  ) throws(ConfigurationError) -> RedisURL {
    let port = try environment.integer("REDIS_PORT", default: 6_379, in: 1...65_535)
    let text = environment.text("REDIS_URL") ?? "redis://127.0.0.1:\(port)"
    // The value may hold a password: it is not repeated.
    guard let url = RedisURL(text) else {
      throw ConfigurationError(
        "REDIS_URL", "is not redis://[user[:password]@]host[:port][/database] or unix:///path")
    }
    return url
  }

  private static func signingKey(
    _ environment: EnvironmentValues, mode: Mode
  ) throws(ConfigurationError) -> (SigningKey, isTemporary: Bool) {
    switch try environment.choice("ALGORITHM", default: Algorithm.HS256) {
    case .ES256:
      let path = try environment.required(
        "BERTH_SIGNING_KEY_FILE", "ALGORITHM=ES256 needs a PEM file with a P-256 private key")
      guard let pem = LocalFile.read(path) else {
        throw ConfigurationError("BERTH_SIGNING_KEY_FILE", "cannot read \(path)")
      }
      return (.privateKey(pem: pem), false)
    case .HS256:
      if let secret = environment.text("SECRET_KEY") {
        guard secret.utf8.count >= secretKeyBytes else {
          throw ConfigurationError(
            "SECRET_KEY",
            "is shorter than \(secretKeyBytes) bytes: make one with "
              + "`openssl rand -base64 48`")
        }
        return (.secret(secret), false)
      }
      guard mode == .development else {
        throw ConfigurationError(
          "SECRET_KEY",
          "is not set: production has no default; make one with "
            + "`openssl rand -base64 48`, the same for every replica")
      }
      return (.secret(Hex.encode(secureRandomBytes(secretKeyBytes))), true)
    }
  }

  private static func tls(_ environment: EnvironmentValues) throws(ConfigurationError) -> TLS {
    let hint = "give a PEM file; `Scripts/certificates.sh` makes one for development"
    let certificate = try environment.required("BERTH_TLS_CERTIFICATE", hint)
    let key = try environment.required("BERTH_TLS_KEY", hint)
    _ = try readable(environment, "BERTH_TLS_CERTIFICATE")
    _ = try readable(environment, "BERTH_TLS_KEY")
    return TLS(
      certificatePath: certificate, keyPath: key,
      clientCAPath: try readable(environment, "BERTH_TLS_CLIENT_CA"))
  }

  private static func readable(
    _ environment: EnvironmentValues, _ name: String
  ) throws(ConfigurationError) -> String? {
    guard let path = environment.text(name) else { return nil }
    guard LocalFile.read(path) != nil else { throw ConfigurationError(name, "cannot read \(path)") }
    return path
  }
}
