/// Who calls, and whether it may.
package struct Access: Sendable {
  private let store: any AccessStore
  private let signer: any TokenSigner
  private let digest: any SecretDigest
  private let clock: any WallClock
  private let broadcast: any Broadcast
  private let cache: AccessCache

  package init(
    store: any AccessStore, signer: any TokenSigner, digest: any SecretDigest,
    clock: any WallClock, broadcast: any Broadcast, cache: AccessCache = AccessCache()
  ) {
    self.store = store
    self.signer = signer
    self.digest = digest
    self.clock = clock
    self.broadcast = broadcast
    self.cache = cache
  }

  /// Who sent this bearer token: an access token (JWT), an API key or an agent token. Nil without
  /// one. Throws `.unauthenticated` for one that does not hold.
  package func authenticate(bearer: String?) async throws(DomainError) -> Principal? {
    guard let bearer else { return nil }
    guard (1...DomainLimits.bearerBytes).contains(bearer.utf8.count) else { throw Self.refused }
    let now = clock.now()
    let digest = digest.digest(bearer)
    if let cached = cache.principal(of: digest, now: now) { return cached }
    let generation = cache.generation
    let principal = try await principal(bearer: bearer, digest: digest, now: now)
    if let end = principal.expiresAt, end <= now { throw Self.refused }
    cache.insert(principal, for: digest, now: now, readAt: generation)
    return principal
  }

  /// The leave to call a method. Throws `.permissionDenied` for a method without a rule or a caller
  /// that the rule does not let, `.unauthenticated` where the rule wants credentials.
  package func grant(
    method: String, principal: Principal?
  ) async throws(DomainError) -> AccessGrant {
    try AccessGrant(method: method, rule: await rule(of: method), principal: principal)
  }

  /// Both at once. Credentials that do not hold do not stop a call that needs none, such as logging
  /// in anew.
  package func authorize(
    method: String, bearer: String?
  ) async throws(DomainError) -> AccessGrant {
    let rule = try await rule(of: method)
    if rule == .anyone {
      return try AccessGrant(method: method, rule: rule, principal: nil)
    }
    let principal = try await authenticate(bearer: bearer)
    return try AccessGrant(method: method, rule: rule, principal: principal)
  }

  /// Grows whenever something that is remembered of callers or rules is forgotten: what was
  /// answered before may hold no longer.
  package var revision: UInt64 { cache.revision }

  /// Who sent this bearer token, where memory alone can tell, and how long that may be believed
  /// while `revision` stays; nil: ask `authenticate`.
  package func knownPrincipal(bearer: String) -> (principal: Principal, lifetime: Duration)? {
    guard (1...DomainLimits.bearerBytes).contains(bearer.utf8.count) else { return nil }
    return cache.known(digest.digest(bearer), now: clock.now())
  }

  /// The rule of a method, where memory alone can tell, and how long it may be believed while
  /// `revision` stays; nil: ask `rule(of:)`. There is none for a method that nobody may call.
  package func knownRule(of method: String) -> (rule: AccessRule?, lifetime: Duration)? {
    guard let known = cache.knownRules(now: clock.now()) else { return nil }
    return (known.rules[method], known.lifetime)
  }

  /// Tells this replica now, and the others by broadcast, that what a user, service account or
  /// cluster may has changed. Called after the change is committed.
  package func changed(_ id: Identifier<some Any>) {
    cache.invalidate(id.description)
    broadcast.publish(.accessChanged(id.description))
  }

  /// Forgets what is known of an id, or of everything by "*".
  package func invalidate(_ id: String) {
    cache.invalidate(id)
  }

  /// Follows what other replicas change, until the broadcast ends or the task is cancelled.
  package func followInvalidations() async {
    for await notice in broadcast.notices() {
      switch notice {
      case .accessChanged(let id): cache.invalidate(id)
      case .connected: cache.invalidate("*")
      case .changed: break
      }
    }
  }

  private func principal(
    bearer: String, digest: [UInt8], now: Instant
  ) async throws(DomainError) -> Principal {
    if bearer.hasPrefix(SecretText.apiKeyPrefix) {
      guard SecretText.isToken(bearer, prefix: SecretText.apiKeyPrefix),
        let principal = try await store.principal(apiKeyDigest: digest, now: now)
      else { throw Self.refused }
      return principal
    }
    if bearer.hasPrefix(SecretText.agentTokenPrefix) {
      guard SecretText.isToken(bearer, prefix: SecretText.agentTokenPrefix),
        let principal = try await store.principal(agentTokenDigest: digest)
      else { throw Self.refused }
      return principal
    }
    let claims = try await signer.verify(bearer, now: now)
    guard let principal = try await store.principal(user: claims.user) else { throw Self.refused }
    return principal.expiring(at: claims.expiresAt)
  }

  /// The rule of a method; nil: nobody may call it.
  package func rule(of method: String) async throws(DomainError) -> AccessRule? {
    let now = clock.now()
    if let rules = cache.rules(now: now) { return rules[method] }
    let generation = cache.generation
    let rules = try await store.rules()
    cache.insert(rules: rules, now: now, readAt: generation)
    return rules[method]
  }

  /// One text for every reason: a caller learns nothing of what is known.
  private static let refused = DomainError.unauthenticated(
    "the token is not valid, has expired or was revoked: log in again")
}

extension Principal {
  /// The same caller by credentials that end then.
  fileprivate func expiring(at end: Instant) -> Principal {
    Principal(
      identity: identity, name: name, isSuperAdmin: isSuperAdmin, memberships: memberships,
      expiresAt: expiresAt.map { min($0, end) } ?? end)
  }
}
