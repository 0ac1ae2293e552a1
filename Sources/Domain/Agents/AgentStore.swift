/// Which agent serves a cluster, and when it was last heard of.
package protocol AgentStore: Sendable {
  /// Makes `session` the cluster's agent; an earlier session's `heartbeat` and `detach` do nothing
  /// from then on.
  func attach(
    cluster: ClusterID, session: Nonce, location: AgentLocation, version: String, engine: String,
    now: Instant
  ) async throws(DomainError)
  /// Where the cluster's agent is attached; nil: nowhere.
  func location(cluster: ClusterID) async throws(DomainError) -> AgentLocation?
  /// Says that the sessions are alive, in one statement; returns those that are still current.
  func heartbeat(
    _ sessions: [(cluster: ClusterID, session: Nonce)], now: Instant
  ) async throws(DomainError) -> Set<ClusterID>
  func detach(cluster: ClusterID, session: Nonce, now: Instant) async throws(DomainError)
}

/// The replica that an agent is attached to.
package struct AgentLocation: Sendable, Equatable {
  package let replica: ReplicaID
  /// "host:port" at which the other replicas reach it.
  package let address: String

  package init(replica: ReplicaID, address: String) {
    self.replica = replica
    self.address = address
  }
}
