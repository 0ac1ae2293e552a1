import DequeModule
import Synchronization

/// Principals by the digest of the token that proved them, and the rules: both believed for a short
/// time (`DomainLimits.accessCacheLifetime`), and forgotten at once when told. Shared by all loops;
/// no store is asked under its lock.
package final class AccessCache: Sendable {
  /// What a reader takes before it asks the store: an answer from before a later invalidation is
  /// not kept.
  package struct Generation: Sendable, Equatable {
    fileprivate let value: UInt64
  }

  private struct Entry {
    let principal: Principal
    let cachedAt: Instant
    let serial: UInt64
  }

  private struct State {
    var principals: [[UInt8]: Entry] = [:]
    /// Digests by the identity they prove, so that an invalidation need not look at all.
    var digests: [UInt128: Set<[UInt8]>] = [:]
    /// Oldest first, as every entry lives equally long; one that was replaced has another serial.
    var order = Deque<(digest: [UInt8], serial: UInt64)>()
    var nextSerial: UInt64 = 0
    var rules: (rules: [String: AccessRule], cachedAt: Instant)?
    var generation: UInt64 = 0
  }

  private let lifetime: Duration
  private let capacity: Int
  private let state = Mutex(State())
  /// The generation, to be read without the lock. Stored under it, after what it is about.
  private let published = Atomic<UInt64>(0)

  package init(
    lifetime: Duration = DomainLimits.accessCacheLifetime,
    capacity: Int = DomainLimits.cachedPrincipals
  ) {
    self.lifetime = lifetime
    self.capacity = capacity
  }

  package var generation: Generation {
    state.withLock { Generation(value: $0.generation) }
  }

  /// Grows with every invalidation.
  package var revision: UInt64 { published.load(ordering: .acquiring) }

  /// How many principals are held, for tests and metrics.
  package var count: Int { state.withLock { $0.principals.count } }

  /// Nil if unknown, too old, or past the end of its credentials.
  package func principal(of digest: [UInt8], now: Instant) -> Principal? {
    state.withLock { state in
      guard let entry = state.principals[digest] else { return nil }
      let isExpired = entry.principal.expiresAt.map { now >= $0 } ?? false
      return !isExpired && isFresh(entry.cachedAt, now: now) ? entry.principal : nil
    }
  }

  /// `principal(of:now:)`, with how long it is true unless it is invalidated.
  func known(_ digest: [UInt8], now: Instant) -> (principal: Principal, lifetime: Duration)? {
    state.withLock { state in
      guard let entry = state.principals[digest], isFresh(entry.cachedAt, now: now) else {
        return nil
      }
      var end = entry.cachedAt + lifetime
      if let expiry = entry.principal.expiresAt { end = min(end, expiry) }
      return now < end ? (entry.principal, end - now) : nil
    }
  }

  /// `rules(now:)`, with how long they are true unless they are invalidated.
  func knownRules(now: Instant) -> (rules: [String: AccessRule], lifetime: Duration)? {
    state.withLock { state in
      guard let known = state.rules, isFresh(known.cachedAt, now: now) else { return nil }
      return (known.rules, known.cachedAt + lifetime - now)
    }
  }

  package func insert(
    _ principal: Principal, for digest: [UInt8], now: Instant, readAt generation: Generation
  ) {
    state.withLock { state in
      guard state.generation == generation.value, capacity > 0 else { return }
      Self.remove(digest, from: &state)
      while state.principals.count >= capacity || state.order.count >= 2 * capacity,
        let oldest = state.order.popFirst()
      {
        if state.principals[oldest.digest]?.serial == oldest.serial {
          Self.remove(oldest.digest, from: &state)
        }
      }
      let serial = state.nextSerial
      state.nextSerial += 1
      state.principals[digest] = Entry(principal: principal, cachedAt: now, serial: serial)
      state.digests[principal.identity.value, default: []].insert(digest)
      state.order.append((digest, serial))
    }
  }

  package func rules(now: Instant) -> [String: AccessRule]? {
    state.withLock { state in
      guard let rules = state.rules, isFresh(rules.cachedAt, now: now) else { return nil }
      return rules.rules
    }
  }

  package func insert(
    rules: [String: AccessRule], now: Instant, readAt generation: Generation
  ) {
    state.withLock { state in
      guard state.generation == generation.value else { return }
      state.rules = (rules, now)
    }
  }

  /// Forgets what is known of the user, service account or cluster with this id; "*": everything.
  package func invalidate(_ id: String) {
    state.withLock { state in
      state.generation += 1
      defer { published.store(state.generation, ordering: .releasing) }
      guard let identity = Identifier<Principal>(id)?.value else {
        // "*", and anything that cannot be read: rather forget too much.
        state.principals.removeAll(keepingCapacity: true)
        state.digests.removeAll(keepingCapacity: true)
        state.order.removeAll(keepingCapacity: true)
        state.rules = nil
        return
      }
      for digest in state.digests.removeValue(forKey: identity) ?? [] {
        state.principals[digest] = nil
      }
    }
  }

  /// A clock that was set back does not make an entry live longer.
  private func isFresh(_ cachedAt: Instant, now: Instant) -> Bool {
    cachedAt <= now && now < cachedAt + lifetime
  }

  private static func remove(_ digest: [UInt8], from state: inout State) {
    guard let old = state.principals.removeValue(forKey: digest) else { return }
    let identity = old.principal.identity.value
    state.digests[identity]?.remove(digest)
    if state.digests[identity]?.isEmpty == true { state.digests[identity] = nil }
  }
}

extension Principal.Identity {
  /// The identifier's bits: unique over all kinds, as every identifier is random.
  package var value: UInt128 {
    switch self {
    case .user(let id): id.value
    case .serviceAccount(let id): id.value
    case .agent(let id): id.value
    }
  }
}
