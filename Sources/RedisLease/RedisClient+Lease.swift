package import Domain

extension RedisClient: LeaseStore {
  /// Extends the lock only for whoever holds it.
  private static let renewScript = """
    if redis.call('GET', KEYS[1]) == ARGV[1] then
      return redis.call('PEXPIRE', KEYS[1], ARGV[2])
    end
    return 0
    """

  /// Deletes the lock only for whoever holds it.
  private static let releaseScript = """
    if redis.call('GET', KEYS[1]) == ARGV[1] then
      return redis.call('DEL', KEYS[1])
    end
    return 0
    """

  package func acquire(
    _ key: String, token: Nonce, ttl: Duration
  ) async throws(LeaseError) -> Bool {
    let reply = try await call(
      ["SET", key, Self.text(token), "NX", "PX", Self.milliseconds(ttl)])
    switch reply {
    case .status("OK"): return true
    case .null: return false
    default: throw LeaseError("an unexpected answer to SET: \(reply)")
    }
  }

  package func renew(
    _ key: String, token: Nonce, ttl: Duration
  ) async throws(LeaseError) -> Bool {
    try await evaluate(
      Self.renewScript, key, [Self.text(token), Self.milliseconds(ttl)])
  }

  package func release(_ key: String, token: Nonce) async throws(LeaseError) -> Bool {
    try await evaluate(Self.releaseScript, key, [Self.text(token)])
  }

  private func evaluate(
    _ script: String, _ key: String, _ values: [String]
  ) async throws(LeaseError) -> Bool {
    let reply = try await call(["EVAL", script, "1", key] + values)
    guard case .integer(let count) = reply else {
      throw LeaseError("an unexpected answer to EVAL: \(reply)")
    }
    return count == 1
  }

  private static func text(_ token: Nonce) -> String { String(token.value, radix: 16) }

  private static func milliseconds(_ duration: Duration) -> String {
    String(max(1, duration.microseconds / 1_000))
  }
}
