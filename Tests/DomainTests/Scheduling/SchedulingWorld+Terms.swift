@testable import Domain

extension SchedulingWorld.State {
  /// Of the only shard, in tests of one.
  var epoch: Int64 {
    get { terms[0].epoch }
    set { terms[0].epoch = newValue }
  }
  var leader: ReplicaID? { terms[0].leader }
  var termEndsAt: Duration {
    get { terms[0].endsAt }
    set { terms[0].endsAt = newValue }
  }

  /// The fence: the shard whose term it is; nil: the term has ended.
  func shard(under epoch: Epoch) -> Shard? {
    terms.firstIndex { $0.epoch == epoch.value }.map { Shard($0, of: terms.count) }
  }

  func isOn(_ shard: Shard, _ cluster: ClusterID?) -> Bool {
    shard.isWhole
      || cluster.flatMap { clusters[$0] }.map { shard.contains($0.organization) } ?? false
  }

  /// Nil: there are not so many shards.
  mutating func begin(_ shard: Shard, by replica: ReplicaID, until end: Duration) -> Epoch? {
    guard shard.count == terms.count else { return nil }
    let epoch = (terms.map(\.epoch).max() ?? 0) + 1
    terms[shard.index] = SchedulingWorld.Term(epoch: epoch, leader: replica, endsAt: end)
    return Epoch(epoch)
  }
}

extension SchedulingWorld {
  func beginTerm(
    _ shard: Shard, replica: ReplicaID, lease: Duration
  ) async throws(DomainError) -> Epoch? {
    let end = time.elapsed + lease
    return try await perform(.beginTerm) { state in
      state.begin(shard, by: replica, until: end)
    }
  }

  func takeOverExpired(
    _ shard: Shard, replica: ReplicaID, lease: Duration
  ) async throws(DomainError) -> Epoch? {
    let now = time.elapsed
    return try await perform(.takeOver) { state in
      guard shard.count == state.terms.count, state.terms[shard.index].endsAt <= now else {
        return nil
      }
      return state.begin(shard, by: replica, until: now + lease)
    }
  }

  func renewTerm(_ epoch: Epoch, lease: Duration) async throws(DomainError) -> Bool {
    let end = time.elapsed + lease
    return try await perform(.renewTerm) { state in
      guard let shard = state.shard(under: epoch) else { return false }
      state.terms[shard.index].endsAt = end
      return true
    }
  }

  func endTerm(_ epoch: Epoch) async throws(DomainError) {
    let now = time.elapsed
    try await perform(.endTerm) { state in
      guard let shard = state.shard(under: epoch) else { return }
      state.terms[shard.index].endsAt = now
      state.terms[shard.index].leader = nil
    }
  }

  func terms() async throws(DomainError) -> [TermStatus] {
    with { state in
      state.terms.enumerated().map { index, term in
        TermStatus(
          shard: Shard(index, of: state.terms.count), leader: term.leader,
          epoch: Epoch(term.epoch), queued: 0, holding: 0, oldestQueuedAt: nil)
      }
    }
  }

  func checkIn(
    replica: ReplicaID, livesFor life: Duration
  ) async throws(DomainError) -> SchedulerRoster {
    let now = time.elapsed
    return try await perform(.checkIn) { state in
      state.replicas[replica] = now
      let live = state.replicas.filter { $0.value > now - life }.keys
      return SchedulerRoster(
        shards: state.terms.count, replicas: live.count, rank: live.count { $0 < replica },
        abandoned: Set(state.terms.indices.filter { state.terms[$0].endsAt < now - life }))
    }
  }

  func checkOut(replica: ReplicaID) async throws(DomainError) {
    with { $0.replicas[replica] = nil }
  }

  func setShards(_ count: Int, onlyAtFirst: Bool) async throws(DomainError) -> Int {
    let now = time.elapsed
    return with { state in
      let epoch = state.terms.map(\.epoch).max() ?? 0
      if onlyAtFirst && epoch > 0 || count == state.terms.count { return state.terms.count }
      state.terms = (1...count).map { Term(epoch: epoch + Int64($0), endsAt: now) }
      return count
    }
  }
}
