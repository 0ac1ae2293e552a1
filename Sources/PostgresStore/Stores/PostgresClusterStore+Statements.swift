internal import Domain

extension Statement {
  static let insertCluster = Statement(
    "insert_cluster",
    """
    WITH c AS (
      INSERT INTO clusters (
        id, organization_id, name, cpu_capacity, memory_capacity, gpu_capacity, gpu_model,
        gpu_devices, created_at, updated_at)
      VALUES ($1, $2, $3, $4, $5, $6::bigint, $7, array_fill(0, ARRAY[($6::bigint / 1000)::int]),
        $8, $9)
      RETURNING *
    )
    SELECT \(Cluster.columns) FROM c LEFT JOIN agent_sessions s ON s.cluster_id = c.id
    """)

  static let cluster = Statement(
    "cluster",
    """
    SELECT \(Cluster.columns) FROM \(Cluster.source)
    WHERE c.id = $1 AND ($2::uuid[] IS NULL OR c.organization_id = ANY ($2::uuid[]))
    """)

  static let usableCluster = Statement(
    "usable_cluster",
    """
    SELECT \(Cluster.columns) FROM \(Cluster.source)
    WHERE c.id = $1 AND ($2::uuid[] IS NULL OR EXISTS (
      SELECT FROM cluster_access a WHERE a.id = c.id AND a.organization_id = ANY ($2::uuid[])))
    """)

  private static let matchesFilter = """
    (c.name, c.id) > ($1, $2::uuid) AND starts_with(c.name, $4)
      AND ($5 = '' OR c.gpu_model = $5)
      AND c.cpu_capacity - c.cpu_allocated >= $6::bigint
      AND c.memory_capacity - c.memory_allocated >= $7::bigint
      AND c.gpu_capacity - c.gpu_allocated >= $8::bigint
    """

  static let allClusters = Statement("all_clusters", list(from: "organizations AS o"))
  static let clusters = Statement(
    "clusters",
    list(
      from: "unnest($9::uuid[]) AS o (id)",
      and: """
        UNION ALL
        SELECT c.* FROM clusters c
        WHERE c.id = ANY (ARRAY(
            SELECT q.cluster_id FROM cluster_quotas q
            WHERE q.organization_id = ANY ($9::uuid[]) AND q.is_accepted))
          AND c.organization_id <> ALL ($9::uuid[]) AND \(matchesFilter)
        """))

  /// From each organization as many as a page has, by its index, and what is shared with them; then
  /// the first of all.
  private static func list(from organizations: String, and shared: String = "") -> String {
    """
    SELECT \(Cluster.columns)
    FROM (
      SELECT c.* FROM \(organizations) CROSS JOIN LATERAL (
        SELECT c.* FROM clusters c WHERE c.organization_id = o.id AND \(matchesFilter)
        ORDER BY c.name, c.id LIMIT $3::int) AS c
      \(shared)) AS c
    LEFT JOIN agent_sessions s ON s.cluster_id = c.id
    ORDER BY c.name, c.id LIMIT $3::int
    """
  }

  /// Before statements of the same transaction that decide by what they read of the cluster and its
  /// quotas: those see what had committed when the lock was had.
  static let lockCluster = Statement(
    "lock_cluster", "SELECT c.id FROM clusters c WHERE c.id = $1 FOR NO KEY UPDATE")

  /// Decided on the locked row. A capacity below what is allocated or guaranteed changes nothing.
  /// Every column that a CHECK compares is set from it: else a row that was just changed is first
  /// checked as it was before.
  static let updateCluster = Statement(
    "update_cluster",
    """
    WITH locked AS MATERIALIZED (
      SELECT c.* FROM clusters c
      WHERE c.id = $1 AND ($2::uuid[] IS NULL OR c.organization_id = ANY ($2::uuid[]))
      FOR NO KEY UPDATE
    ), wanted AS MATERIALIZED (
      SELECT l.id, coalesce($4::bigint, l.cpu_capacity) AS cpu,
        coalesce($5::bigint, l.memory_capacity) AS memory,
        coalesce($6::bigint, l.gpu_capacity) AS gpu,
        (coalesce($6::bigint, l.gpu_capacity) / 1000)::int AS devices, l.gpu_devices
      FROM locked l
    ), guaranteed AS MATERIALIZED (
      SELECT coalesce(sum(q.cpu_guaranteed), 0) AS cpu,
        coalesce(sum(q.memory_guaranteed), 0) AS memory,
        coalesce(sum(q.gpu_guaranteed), 0) AS gpu
      FROM cluster_quotas q WHERE q.cluster_id = $1
    ), c AS (
      UPDATE clusters c SET
        name = coalesce($3, l.name), gpu_model = coalesce($7, l.gpu_model),
        cpu_capacity = w.cpu, memory_capacity = w.memory, gpu_capacity = w.gpu,
        cpu_allocated = l.cpu_allocated, memory_allocated = l.memory_allocated,
        gpu_allocated = l.gpu_allocated,
        gpu_devices = l.gpu_devices[1:w.devices]
          || array_fill(0, ARRAY[greatest(0, w.devices - cardinality(l.gpu_devices))]),
        updated_at = now(), changed_xid = pg_current_xact_id()
      FROM locked l JOIN wanted w ON w.id = l.id CROSS JOIN guaranteed g
      WHERE c.id = l.id AND w.cpu >= g.cpu AND w.memory >= g.memory AND w.gpu >= g.gpu
        AND w.cpu >= l.cpu_allocated AND w.memory >= l.memory_allocated
        AND w.gpu >= l.gpu_allocated AND 0 >= ALL (l.gpu_devices[w.devices + 1:])
      RETURNING c.*
    ), answer AS (
      SELECT true AS is_changed, c.* FROM c
      UNION ALL SELECT false, l.* FROM locked l WHERE NOT EXISTS (SELECT FROM c)
    )
    SELECT c.is_changed, \(Cluster.columns)
    FROM answer c LEFT JOIN agent_sessions s ON s.cluster_id = c.id
    """)

  static let largestFit = Statement(
    "largest_fit",
    """
    SELECT \(Cluster.columns)
    FROM cluster_access a JOIN clusters c ON c.id = a.id
    LEFT JOIN agent_sessions s ON s.cluster_id = c.id
    WHERE a.organization_id = $1
    ORDER BY (a.most_cpu >= $2::bigint)::int + (a.most_memory >= $3::bigint)::int
      + (a.most_gpu >= $4::bigint AND (
        $4::bigint = 0 OR cardinality($5::text[]) = 0 OR a.gpu_model = ANY ($5::text[])))::int DESC,
      a.most_gpu DESC, a.most_cpu DESC, a.most_memory DESC, c.id DESC
    LIMIT 1
    """)

  /// A share is of one device, so there the devices are counted; the quota may allow less.
  static let mostReplicas = Statement(
    "most_replicas",
    """
    SELECT coalesce(sum(least(
      a.most_cpu / nullif($2::bigint, 0), a.most_memory / nullif($3::bigint, 0),
      CASE WHEN $4::bigint >= 1000 THEN a.most_gpu / $4::bigint
        WHEN $4::bigint > 0
          THEN least(c.gpu_capacity / 1000 * (1000 / $4::bigint), a.most_gpu / $4::bigint)
        END, $7::int)), 0)::bigint
    FROM cluster_access a JOIN clusters c ON c.id = a.id
    WHERE a.organization_id = $1 AND ($6::uuid IS NULL OR a.id = $6::uuid)
      AND ($4::bigint = 0 OR cardinality($5::text[]) = 0 OR a.gpu_model = ANY ($5::text[]))
    """)

  static let insertAgentToken = Statement(
    "insert_agent_token", "INSERT INTO agent_tokens (digest, cluster_id) VALUES ($1, $2)")

  static let revokeAgentTokens = Statement(
    "revoke_agent_tokens",
    """
    UPDATE agent_tokens SET revoked_at = now() WHERE cluster_id = $1 AND revoked_at IS NULL
    """)
}
