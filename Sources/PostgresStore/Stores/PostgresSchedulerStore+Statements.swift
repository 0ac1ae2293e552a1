internal import Domain

extension Statement {
  /// The lease's row is locked first, here and in `takeOverExpired`, so that the two cannot wait
  /// for each other; the update of the epoch waits for the transactions that hold the fence. The
  /// epoch is drawn under that lock, so epochs of one shard follow each other.
  static let beginTerm = Statement("begin_term", begin(where: "true"))

  static let takeOverExpired = Statement(
    "take_over_expired", begin(where: "l.expires_at <= clock_timestamp()"))

  private static let nextEpoch = "nextval(pg_get_serial_sequence('scheduler_terms', 'epoch'))"

  private static func begin(where condition: String) -> String {
    """
    WITH free AS MATERIALIZED (
      SELECT l.shard FROM scheduler_lease l
      WHERE l.shard = $3::int AND \(condition)
        AND EXISTS (SELECT FROM scheduler_epoch e WHERE e.shard = l.shard AND e.shards = $4::int)
      FOR UPDATE
    ), begun AS (
      UPDATE scheduler_epoch e SET leader = $1::uuid, began_at = clock_timestamp(),
        epoch = \(nextEpoch)
      FROM free f WHERE e.shard = f.shard AND e.shards = $4::int
      RETURNING e.epoch, e.shard, e.shards, e.leader, e.began_at
    ), noted AS (
      INSERT INTO scheduler_terms (epoch, shard, shards, leader, began_at) OVERRIDING SYSTEM VALUE
      SELECT epoch, shard, shards, leader, began_at FROM begun
    ), leased AS (
      UPDATE scheduler_lease l
      SET epoch = b.epoch, expires_at = clock_timestamp() + $2::bigint * interval '1 microsecond'
      FROM begun b WHERE l.shard = b.shard
    )
    SELECT epoch FROM begun
    """
  }

  static let renewTerm = Statement(
    "renew_term",
    """
    UPDATE scheduler_lease
    SET expires_at = clock_timestamp() + $2::bigint * interval '1 microsecond' WHERE epoch = $1
    """)

  /// When it ended is kept: a shard that is free for long may be taken by anyone.
  static let endTerm = Statement(
    "end_term",
    """
    UPDATE scheduler_lease SET expires_at = least(expires_at, clock_timestamp()) WHERE epoch = $1
    """)

  static let terms = Statement(
    "terms",
    """
    WITH queued AS MATERIALIZED (
      SELECT organization_id, count(*) AS count, min(created_at) AS oldest FROM deployments
      WHERE state = 'queued' GROUP BY organization_id
    ), holding AS MATERIALIZED (
      SELECT c.organization_id, sum(d.count) AS count
      FROM (
        SELECT placed_cluster, count(*) AS count FROM deployments
        WHERE state IN ('scheduled', 'starting', 'running') GROUP BY placed_cluster) AS d
      JOIN clusters c ON c.id = d.placed_cluster GROUP BY c.organization_id
    )
    SELECT e.shard, e.shards, CASE WHEN l.expires_at > clock_timestamp() THEN e.leader END, e.epoch,
      (SELECT coalesce(sum(q.count), 0)::bigint FROM queued q
        WHERE shard_of(q.organization_id, e.shards) = e.shard),
      (SELECT coalesce(sum(h.count), 0)::bigint FROM holding h
        WHERE shard_of(h.organization_id, e.shards) = e.shard),
      (SELECT min(q.oldest) FROM queued q WHERE shard_of(q.organization_id, e.shards) = e.shard)
    FROM scheduler_epoch e JOIN scheduler_lease l ON l.shard = e.shard ORDER BY e.shard
    """)

  /// Before `setShards` in its transaction: no other sets the number meanwhile, and it sees what
  /// the last one made.
  static let lockFirstLease = Statement(
    "lock_first_lease", "SELECT shard FROM scheduler_lease WHERE shard = 0 FOR UPDATE")

  /// After that: nobody begins a term or renews one meanwhile.
  static let lockLeases = Statement(
    "lock_leases", "SELECT shard FROM scheduler_lease ORDER BY shard FOR UPDATE")

  /// All epochs rise, so every term ends; the numbers are of no term.
  static let setShards = Statement(
    "set_shards",
    """
    WITH wanted AS MATERIALIZED (
      SELECT count(*)::int AS before, $1::int AS shards FROM scheduler_epoch
      HAVING count(*) <> $1::int AND NOT ($2::boolean AND EXISTS (SELECT FROM scheduler_terms))
    ), kept AS (
      UPDATE scheduler_epoch e SET shards = w.shards, leader = NULL, began_at = NULL,
        epoch = \(nextEpoch)
      FROM wanted w WHERE e.shard < w.shards
    ), more AS (
      INSERT INTO scheduler_epoch (shard, shards, epoch)
      SELECT s.shard, w.shards, \(nextEpoch)
      FROM wanted w CROSS JOIN generate_series(w.before, w.shards - 1) AS s (shard)
    ), fewer AS (
      DELETE FROM scheduler_epoch e USING wanted w WHERE e.shard >= w.shards
    ), freed AS (
      UPDATE scheduler_lease l SET epoch = 0, expires_at = clock_timestamp()
      FROM wanted w WHERE l.shard < w.shards
    ), more_leases AS (
      INSERT INTO scheduler_lease (shard, epoch, expires_at)
      SELECT s.shard, 0, clock_timestamp()
      FROM wanted w CROSS JOIN generate_series(w.before, w.shards - 1) AS s (shard)
    ), fewer_leases AS (
      DELETE FROM scheduler_lease l USING wanted w WHERE l.shard >= w.shards
    )
    SELECT coalesce(
      (SELECT shards FROM wanted), (SELECT count(*)::int FROM scheduler_epoch))
    """)

  /// Of the others, since the statement does not see what it writes.
  static let checkIn = Statement(
    "check_in",
    """
    WITH heard AS (
      INSERT INTO scheduler_replicas (replica, seen_at) VALUES ($1::uuid, clock_timestamp())
      ON CONFLICT ON CONSTRAINT scheduler_replicas_unique
        DO UPDATE SET seen_at = excluded.seen_at
    ), forgotten AS (
      DELETE FROM scheduler_replicas
      WHERE replica <> $1::uuid
        AND seen_at < clock_timestamp() - $3::bigint * interval '1 microsecond'
    )
    SELECT (SELECT count(*) FROM scheduler_epoch)::int, count(*)::int,
      (count(*) FILTER (WHERE replica < $1::uuid))::int,
      ARRAY(
        SELECT shard FROM scheduler_lease
        WHERE expires_at < clock_timestamp() - $2::bigint * interval '1 microsecond')
    FROM scheduler_replicas
    WHERE replica <> $1::uuid
      AND seen_at > clock_timestamp() - $2::bigint * interval '1 microsecond'
    """)

  static let checkOut = Statement(
    "check_out", "DELETE FROM scheduler_replicas WHERE replica = $1")

  static let loadClusters = Statement(
    "load_clusters",
    """
    SELECT \(Cluster.columns) FROM \(Cluster.source)
    WHERE shard_of(c.organization_id, $2::int) = $1::int ORDER BY c.id
    """)

  /// In the order of the index deployments_active.
  static let loadDeployments = Statement(
    "load_deployments",
    """
    SELECT \(Deployment.schedulingColumns) FROM deployments d
    WHERE d.state IN ('queued', 'scheduled', 'starting', 'running')
      AND (d.organization_id, d.created_at, d.id) > ($1::uuid, $2::timestamptz, $3::uuid)
    ORDER BY d.organization_id, d.created_at, d.id LIMIT $4::int
    """)

  /// Organization by organization, of each by the index deployments_active; of others nothing is
  /// read. The limit within is a query, and the organizations come in order, so that no plan sorts
  /// all that a large organization has for each page.
  static let loadDeploymentsOfPart = Statement(
    "load_deployments_of_part",
    """
    SELECT \(Deployment.schedulingColumns)
    FROM (
      SELECT o.id FROM organizations o
      WHERE o.id >= $1::uuid
        AND (shard_of(o.id, $7::int) = $6::int OR o.id = ANY ($5::uuid[]))
      ORDER BY o.id OFFSET 0
    ) AS o
    CROSS JOIN LATERAL (
      SELECT d.* FROM deployments d
      WHERE d.organization_id = o.id AND d.state IN ('queued', 'scheduled', 'starting', 'running')
        AND (d.organization_id, d.created_at, d.id) > ($1::uuid, $2::timestamptz, $3::uuid)
      ORDER BY d.created_at, d.id LIMIT (SELECT $4::int)) AS d
    ORDER BY o.id, d.created_at, d.id LIMIT $4::int
    """)

  static let reservations = Statement("reservations", EmbeddedSQL.reservations)

  static let loadQuotas = Statement(
    "load_quotas", "SELECT \(OrganizationQuota.columns) FROM organization_quotas q")

  static let place = Statement("place", EmbeddedSQL.place)

  /// Those of the term's shard. A deployment that was placed after its agent was last heard of has
  /// as long as the agent had.
  static let lostDeployments = Statement(
    "lost_deployments",
    """
    SELECT d.id, d.attempt, d.placed_cluster
    FROM agent_sessions s JOIN deployments d ON d.placed_cluster = s.cluster_id
    JOIN clusters c ON c.id = s.cluster_id
    JOIN scheduler_epoch e
      ON e.epoch = $3::bigint AND shard_of(c.organization_id, e.shards) = e.shard
    WHERE s.seen_at < $1::timestamptz AND d.scheduled_at < $1::timestamptz
      AND d.state IN ('scheduled', 'starting', 'running')
    ORDER BY d.placed_cluster, d.id LIMIT $2::int
    """)

  static let lostClusters = Statement(
    "lost_clusters",
    """
    SELECT s.cluster_id FROM agent_sessions s JOIN clusters c ON c.id = s.cluster_id
    WHERE s.seen_at < $1::timestamptz AND shard_of(c.organization_id, $3::int) = $2::int
    """)

  static let violations = Statement("violations", EmbeddedSQL.violations)
}
