package import Domain

/// Quotas in PostgreSQL. Whoever changes one on a cluster has the cluster's lock first and changes
/// its `changed_xid`: so a placement that is decided meanwhile is left out, and schedulers hear.
package struct PostgresQuotaStore: QuotaStore {
  let database: PostgresDatabase

  // MARK: On a cluster

  package func setQuota(
    _ quota: ClusterQuota, on cluster: ClusterID, in scope: TenantScope
  ) async throws(DomainError) {
    let parameters = Parameters {
      $0.add(cluster)
      $0.add(scope)
      $0.add(quota.organization)
      $0.add(quota.guaranteed.cpu.value)
      $0.add(quota.guaranteed.memory.value)
      $0.add(quota.guaranteed.gpu.value)
      $0.add(quota.limit.cpu?.value)
      $0.add(quota.limit.memory?.value)
      $0.add(quota.limit.gpu?.value)
      $0.add(quota.mayBorrow)
      $0.add(Int32(QuotaLimits.organizationsPerCluster))
      $0.add(quota.reclaim.rawValue)
    }
    let results = try await database.transaction([
      (.lockCluster, Parameters { $0.add(cluster) }), (.setClusterQuota, parameters),
    ])
    let outcome = try results[1].first { row throws(DomainError) in
      (
        hasOrganization: try row.flag(), hasPlace: try row.flag(), isWritten: try row.flag(),
        free: try row.resources()
      )
    }
    guard let outcome else { throw .notFound(kind: "cluster", name: cluster.description) }
    guard outcome.hasOrganization else {
      throw .notFound(kind: "organization", name: quota.organization.description)
    }
    guard outcome.hasPlace else {
      throw .resourceExhausted(
        "a cluster has quotas for at most \(QuotaLimits.organizationsPerCluster) organizations")
    }
    guard outcome.isWritten else {
      let free = ResourceCeiling(outcome.free).excesses(of: quota.guaranteed)
      throw .failedPrecondition(
        "more would be guaranteed than the cluster has; what is not guaranteed to others: "
          + free.joined(separator: "; "))
    }
  }

  package func acceptQuota(
    of organization: OrganizationID, on cluster: ClusterID
  ) async throws(DomainError) -> Bool {
    let results = try await database.transaction([
      (.lockCluster, Parameters { $0.add(cluster) }),
      (.acceptClusterQuota, Self.pair(organization, cluster)),
    ])
    return results[1].changedCount == 1
  }

  package func removeQuota(
    of organization: OrganizationID, on cluster: ClusterID
  ) async throws(DomainError) -> Bool {
    let results = try await database.transaction([
      (.lockCluster, Parameters { $0.add(cluster) }),
      (.removeClusterQuota, Self.pair(organization, cluster)),
    ])
    let outcome = try results[1].first { row throws(DomainError) in
      (isRemoved: try row.flag(), isThere: try row.flag())
    }
    guard let outcome, outcome.isThere else { return false }
    guard outcome.isRemoved else {
      throw .failedPrecondition(
        "the organization holds resources on the cluster: they have to end first; with a limit of "
          + "0 nothing new is placed there meanwhile")
    }
    return true
  }

  private static func pair(_ organization: OrganizationID, _ cluster: ClusterID) -> Parameters {
    Parameters {
      $0.add(cluster)
      $0.add(organization)
    }
  }

  package func quotas(on cluster: ClusterID) async throws(DomainError) -> [ClusterQuotaUsage] {
    try await database.read(.quotasOfCluster, Parameters { $0.add(cluster) })
      .map(ClusterQuotaUsage.init(row:))
  }

  package func quotas(
    of organization: OrganizationID, page: PageRequest
  ) async throws(DomainError) -> Page<ClusterQuotaUsage> {
    var last: UInt128 = 0
    if let token = page.token {
      var reader = try PageToken.Reader(token, of: .quotas)
      last = try reader.number()
      try reader.end()
    }
    let after = last
    let result = try await database.read(
      .quotasOfOrganization,
      Parameters {
        $0.add(organization)
        $0.add(after)
        $0.add(page.fetchCount)
      })
    return page.page(try result.map(ClusterQuotaUsage.init(row:))) {
      PageToken(.quotas).appending($0.cluster.value)
    }
  }

  // MARK: On all clusters

  package func setQuota(_ quota: OrganizationQuota) async throws(DomainError) {
    _ = try await database.write(
      .setOrganizationQuota,
      Parameters {
        $0.add(quota.organization)
        $0.add(quota.limit.cpu?.value)
        $0.add(quota.limit.memory?.value)
        $0.add(quota.limit.gpu?.value)
        $0.add(quota.queuedLimit.map { Int32(clamping: $0) })
        $0.add(quota.weight.millis)
      },
      refusing: { constraint in
        constraint == "organization_quotas_organization"
          ? .notFound(kind: "organization", name: quota.organization.description) : nil
      })
  }

  package func quota(
    of organization: OrganizationID
  ) async throws(DomainError) -> OrganizationQuotaUsage? {
    try await database.read(.organizationQuota, Parameters { $0.add(organization) }).first {
      row throws(DomainError) in
      let quota = try OrganizationQuota(row: &row)
      return OrganizationQuotaUsage(
        quota: quota, held: try row.resources(), queued: Int(try row.int64()))
    }
  }
}

extension ClusterQuotaUsage {
  fileprivate static let columns = """
    c.id, c.name, c.organization_id, \(ClusterQuota.columns), h.cpu::bigint, h.memory::bigint,
    h.gpu::bigint
    """

  /// `c`, `q` and `h`.
  fileprivate static let source = """
    cluster_quotas q JOIN clusters c ON c.id = q.cluster_id
    CROSS JOIN LATERAL held_resources(q.organization_id, q.cluster_id) AS h
    """

  fileprivate init(row: inout Row) throws(DomainError) {
    self.init(
      cluster: try row.id(), clusterName: try row.text(), owner: try row.id(),
      quota: try ClusterQuota(row: &row), held: try row.resources())
  }
}

extension Statement {
  /// Behind `lockCluster`. No row: there is no such cluster in scope.
  fileprivate static let setClusterQuota = Statement(
    "set_cluster_quota",
    """
    WITH owned AS MATERIALIZED (
      SELECT c.* FROM clusters c
      WHERE c.id = $1 AND ($2::uuid[] IS NULL OR c.organization_id = ANY ($2::uuid[]))
    ), others AS MATERIALIZED (
      SELECT count(*) < $11::int AS has_place, coalesce(sum(q.cpu_guaranteed), 0)::bigint AS cpu,
        coalesce(sum(q.memory_guaranteed), 0)::bigint AS memory,
        coalesce(sum(q.gpu_guaranteed), 0)::bigint AS gpu
      FROM cluster_quotas q WHERE q.cluster_id = $1 AND q.organization_id <> $3
    ), allowed AS MATERIALIZED (
      SELECT c.*, least(h.cpu, CASE WHEN $10 THEN $7::bigint ELSE $4::bigint END) < h.cpu
        OR least(h.memory, CASE WHEN $10 THEN $8::bigint ELSE $5::bigint END) < h.memory
        OR least(h.gpu, CASE WHEN $10 THEN $9::bigint ELSE $6::bigint END) < h.gpu AS is_exceeded
      FROM owned c CROSS JOIN others o CROSS JOIN LATERAL held_resources($3, c.id) AS h
      WHERE o.has_place AND EXISTS (SELECT FROM organizations g WHERE g.id = $3)
        AND $4::bigint <= c.cpu_capacity - o.cpu AND $5::bigint <= c.memory_capacity - o.memory
        AND $6::bigint <= c.gpu_capacity - o.gpu
    ), told AS (
      UPDATE clusters c SET changed_xid = pg_current_xact_id() FROM allowed a WHERE c.id = a.id
    ), written AS (
      INSERT INTO cluster_quotas AS q (
        cluster_id, organization_id, cpu_guaranteed, memory_guaranteed, gpu_guaranteed, cpu_limit,
        memory_limit, gpu_limit, may_borrow, is_accepted, lowered_at, reclaim)
      SELECT a.id, $3, $4, $5, $6, $7, $8, $9, $10, a.organization_id = $3,
        CASE WHEN a.is_exceeded THEN now() ELSE '-infinity' END, $12::text
      FROM allowed a
      ON CONFLICT ON CONSTRAINT cluster_quotas_unique DO UPDATE SET
        cpu_guaranteed = excluded.cpu_guaranteed, memory_guaranteed = excluded.memory_guaranteed,
        gpu_guaranteed = excluded.gpu_guaranteed, cpu_limit = excluded.cpu_limit,
        memory_limit = excluded.memory_limit, gpu_limit = excluded.gpu_limit,
        may_borrow = excluded.may_borrow, lowered_at = excluded.lowered_at,
        reclaim = excluded.reclaim, updated_at = now()
      RETURNING q.cluster_id
    )
    SELECT EXISTS (SELECT FROM organizations g WHERE g.id = $3), o.has_place,
      EXISTS (SELECT FROM written), c.cpu_capacity - o.cpu, c.memory_capacity - o.memory,
      c.gpu_capacity - o.gpu
    FROM owned c CROSS JOIN others o
    """)

  /// Behind `lockCluster`.
  fileprivate static let acceptClusterQuota = Statement(
    "accept_cluster_quota",
    """
    WITH accepted AS (
      UPDATE cluster_quotas SET is_accepted = true, updated_at = now()
      WHERE cluster_id = $1 AND organization_id = $2
      RETURNING cluster_id
    )
    UPDATE clusters c SET changed_xid = pg_current_xact_id() FROM accepted a
    WHERE c.id = a.cluster_id
    """)

  /// Behind `lockCluster`.
  fileprivate static let removeClusterQuota = Statement(
    "remove_cluster_quota",
    """
    WITH removed AS (
      DELETE FROM cluster_quotas q USING clusters c
      WHERE q.cluster_id = $1 AND q.organization_id = $2 AND c.id = q.cluster_id
        AND (c.organization_id = q.organization_id OR NOT EXISTS (
          SELECT FROM deployments d
          WHERE d.placed_cluster = q.cluster_id AND d.organization_id = q.organization_id
            AND d.state IN ('scheduled', 'starting', 'running')))
      RETURNING q.cluster_id
    ), told AS (
      UPDATE clusters c SET changed_xid = pg_current_xact_id() FROM removed r
      WHERE c.id = r.cluster_id
    )
    SELECT EXISTS (SELECT FROM removed), EXISTS (
      SELECT FROM cluster_quotas q WHERE q.cluster_id = $1 AND q.organization_id = $2)
    """)

  fileprivate static let quotasOfCluster = Statement(
    "quotas_of_cluster",
    """
    SELECT \(ClusterQuotaUsage.columns) FROM \(ClusterQuotaUsage.source)
    WHERE q.cluster_id = $1 ORDER BY q.organization_id
    """)

  fileprivate static let quotasOfOrganization = Statement(
    "quotas_of_organization",
    """
    SELECT \(ClusterQuotaUsage.columns) FROM \(ClusterQuotaUsage.source)
    WHERE q.organization_id = $1 AND q.cluster_id > $2 ORDER BY q.cluster_id LIMIT $3::int
    """)

  fileprivate static let setOrganizationQuota = Statement(
    "set_organization_quota",
    """
    INSERT INTO organization_quotas (
      organization_id, cpu_limit, memory_limit, gpu_limit, queued_limit, weight_millis)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT ON CONSTRAINT organization_quotas_unique DO UPDATE SET
      cpu_limit = excluded.cpu_limit, memory_limit = excluded.memory_limit,
      gpu_limit = excluded.gpu_limit, queued_limit = excluded.queued_limit,
      weight_millis = excluded.weight_millis, updated_at = now(), lowered_at = now(),
      changed_xid = pg_current_xact_id()
    """)

  /// What is held is told up to what 64 bits hold.
  fileprivate static let organizationQuota = Statement(
    "organization_quota",
    """
    SELECT o.id, q.cpu_limit, q.memory_limit, q.gpu_limit, q.queued_limit,
      coalesce(q.weight_millis, 1000), h.cpu, h.memory, h.gpu, h.queued
    FROM organizations o LEFT JOIN organization_quotas q ON q.organization_id = o.id
    CROSS JOIN LATERAL (
      SELECT least(coalesce(sum(d.cpu) FILTER (WHERE d.state <> 'queued'), 0),
          9223372036854775807)::bigint AS cpu,
        least(coalesce(sum(d.memory) FILTER (WHERE d.state <> 'queued'), 0),
          9223372036854775807)::bigint AS memory,
        least(coalesce(sum(d.gpu) FILTER (WHERE d.state <> 'queued'), 0),
          9223372036854775807)::bigint AS gpu,
        count(*) FILTER (WHERE d.state = 'queued') AS queued
      FROM deployments d
      WHERE d.organization_id = o.id
        AND d.state IN ('queued', 'scheduled', 'starting', 'running')) AS h
    WHERE o.id = $1
    """)
}
