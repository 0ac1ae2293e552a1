import Domain

/// A lock with failpoints around every call of it.
struct FaultyLeaseStore: LeaseStore {
  let store: any LeaseStore
  let points: Failpoints

  func acquire(_ key: String, token: Nonce, ttl: Duration) async throws(LeaseError) -> Bool {
    try await points.around(.acquireBefore, .acquireAfter) { () async throws(LeaseError) in
      try await store.acquire(key, token: token, ttl: ttl)
    }
  }

  func renew(_ key: String, token: Nonce, ttl: Duration) async throws(LeaseError) -> Bool {
    try await points.around(.renewBefore, .renewAfter) { () async throws(LeaseError) in
      try await store.renew(key, token: token, ttl: ttl)
    }
  }

  func release(_ key: String, token: Nonce) async throws(LeaseError) -> Bool {
    try await points.around(.releaseBefore, .releaseAfter) { () async throws(LeaseError) in
      try await store.release(key, token: token)
    }
  }
}

/// A lock that everybody holds at once: what is left of safety is the fence alone.
struct EveryonesLease: LeaseStore {
  func acquire(_ key: String, token: Nonce, ttl: Duration) async throws(LeaseError) -> Bool { true }
  func renew(_ key: String, token: Nonce, ttl: Duration) async throws(LeaseError) -> Bool { true }
  func release(_ key: String, token: Nonce) async throws(LeaseError) -> Bool { true }
}
