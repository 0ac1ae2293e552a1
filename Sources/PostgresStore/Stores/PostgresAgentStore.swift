package import Domain

/// Agents' sessions in PostgreSQL.
package struct PostgresAgentStore: AgentStore {
  let database: PostgresDatabase

  package func attach(
    cluster: ClusterID, session: Nonce, location: AgentLocation, version: String, engine: String,
    now: Instant
  ) async throws(DomainError) {
    _ = try await database.write(
      .attach,
      Parameters {
        $0.add(cluster)
        $0.add(session.value)
        $0.add(location.replica)
        $0.add(location.address)
        $0.add(version)
        $0.add(engine)
        $0.add(now)
      },
      refusing: {
        $0 == "agent_sessions_cluster"
          ? .notFound(kind: "cluster", name: cluster.description) : nil
      })
  }

  package func location(cluster: ClusterID) async throws(DomainError) -> AgentLocation? {
    let result = try await database.read(.agentLocation, Parameters { $0.add(cluster) })
    return try result.first { row throws(DomainError) in
      AgentLocation(replica: try row.id(), address: try row.text())
    }
  }

  package func heartbeat(
    _ sessions: [(cluster: ClusterID, session: Nonce)], now: Instant
  ) async throws(DomainError) -> Set<ClusterID> {
    if sessions.isEmpty { return [] }
    let result = try await database.write(
      .heartbeat,
      Parameters {
        $0.add(sessions.map(\.cluster.value))
        $0.add(sessions.map(\.session.value))
        $0.add(now)
      })
    return Set(try result.map { row throws(DomainError) in try row.id() })
  }

  package func detach(
    cluster: ClusterID, session: Nonce, now: Instant
  ) async throws(DomainError) {
    _ = try await database.write(
      .detach,
      Parameters {
        $0.add(cluster)
        $0.add(session.value)
        $0.add(now)
      })
  }
}

extension Statement {
  fileprivate static let attach = Statement(
    "attach",
    """
    INSERT INTO agent_sessions (
      cluster_id, session, replica, address, version, engine, attached_at, seen_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7::timestamptz, $7::timestamptz)
    ON CONFLICT ON CONSTRAINT agent_sessions_cluster_unique DO UPDATE SET
      session = excluded.session, replica = excluded.replica, address = excluded.address,
      version = excluded.version, engine = excluded.engine, attached_at = excluded.attached_at,
      seen_at = greatest(agent_sessions.seen_at, excluded.seen_at), detached_at = NULL
    """)

  fileprivate static let agentLocation = Statement(
    "agent_location",
    "SELECT replica, address FROM agent_sessions WHERE cluster_id = $1 AND detached_at IS NULL")

  /// Locked in the order of the clusters, as others lock several of them.
  fileprivate static let heartbeat = Statement(
    "heartbeat",
    """
    WITH alive AS MATERIALIZED (
      SELECT s.cluster_id FROM agent_sessions s
      WHERE s.cluster_id = ANY ($1::uuid[]) AND s.detached_at IS NULL AND EXISTS (
        SELECT FROM unnest($1::uuid[], $2::uuid[]) AS h (cluster_id, session)
        WHERE h.cluster_id = s.cluster_id AND h.session = s.session)
      ORDER BY s.cluster_id FOR NO KEY UPDATE
    )
    UPDATE agent_sessions s SET seen_at = greatest(s.seen_at, $3::timestamptz)
    FROM alive a WHERE s.cluster_id = a.cluster_id RETURNING s.cluster_id
    """)

  fileprivate static let detach = Statement(
    "detach",
    """
    UPDATE agent_sessions SET detached_at = $3::timestamptz,
      seen_at = greatest(seen_at, $3::timestamptz)
    WHERE cluster_id = $1 AND session = $2 AND detached_at IS NULL
    """)
}
