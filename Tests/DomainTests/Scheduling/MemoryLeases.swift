import Domain
import Synchronization

/// The locks in memory, by manual time. It can be away, slow, or forget everything.
final class MemoryLeases: LeaseStore {
  struct State {
    var isAway = false
    /// How long a renewal takes from now on.
    var renewalDelay = Duration.zero
    /// By key.
    var holders: [String: (token: Nonce, until: Duration)] = [:]
    var acquisitions = 0

    /// Of the only shard's lock, in tests of one.
    var holder: (token: Nonce, until: Duration)? {
      get { holders[SchedulerConfiguration().lockKey] }
      set { holders[SchedulerConfiguration().lockKey] = newValue }
    }
  }

  private let time: ManualTime
  private let state = Mutex(State())

  init(time: ManualTime) { self.time = time }

  func with<R>(_ body: (inout sending State) -> sending R) -> R { state.withLock { body(&$0) } }

  var isHeld: Bool {
    let now = time.elapsed
    return state.withLock { $0.holder.map { $0.until > now } ?? false }
  }

  func acquire(_ key: String, token: Nonce, ttl: Duration) async throws(LeaseError) -> Bool {
    let now = time.elapsed
    return try state.withLock { state throws(LeaseError) in
      if state.isAway { throw LeaseError("away") }
      if let holder = state.holders[key], holder.until > now { return false }
      state.holders[key] = (token, now + ttl)
      state.acquisitions += 1
      return true
    }
  }

  func renew(_ key: String, token: Nonce, ttl: Duration) async throws(LeaseError) -> Bool {
    let delay = state.withLock { $0.renewalDelay }
    let now = time.elapsed
    let held = try state.withLock { state throws(LeaseError) in
      if state.isAway { throw LeaseError("away") }
      guard let holder = state.holders[key], holder.until > now, holder.token == token else {
        return false
      }
      state.holders[key] = (token, now + ttl)
      return true
    }
    // The answer is what takes long.
    if delay > .zero { try? await time.sleep(for: delay) }
    return held
  }

  func release(_ key: String, token: Nonce) async throws(LeaseError) -> Bool {
    try state.withLock { state throws(LeaseError) in
      if state.isAway { throw LeaseError("away") }
      guard state.holders[key]?.token == token else { return false }
      state.holders[key] = nil
      return true
    }
  }
}
