package import Domain

/// What explanations read: bounded parts of the clusters, the queue and the history.
package struct PostgresSituationStore: SituationStore {
  let database: PostgresDatabase

  package func situation(
    of deployment: Deployment
  ) async throws(DomainError) -> QueueSituation {
    let place = Parameters {
      $0.add(deployment.organization)
      $0.add(Int32(clamping: deployment.priority))
      $0.add(deployment.createdAt)
      // All of a gang stand in one place.
      $0.add(deployment.gang?.id ?? deployment.id)
    }
    let clusters = Parameters {
      $0.add(deployment.organization)
      $0.add(deployment.requestedCluster)
      $0.add(Int32(SchedulingLimits.explainedClusters))
    }
    let results = try await database.snapshot([
      (.situationOrganization, Parameters { $0.add(deployment.organization) }),
      (.anyDeployment, Parameters { $0.add(deployment.id) }),
      (.situationClusters, clusters), (.situationReservations, clusters),
      (.countAhead, place), (.firstAhead, place),
      (.recentRequests, Parameters { $0.add(deployment.organization) }),
      (.situationHeld, clusters),
      (.situationCeiling, Parameters { $0.add(deployment.organization) }),
    ])
    var situation = QueueSituation(
      deployment: try results[1].first(Deployment.init(row:)),
      clusters: try results[2].map(Cluster.init(row:)),
      reservations: try results[3].map(SituationReservation.init(row:)),
      ahead: try results[4].first { row throws(DomainError) in Int(try row.int64()) } ?? 0,
      firstAhead: try results[5].map(QueuedAhead.init(row:)),
      recent: try results[6].map { row throws(DomainError) in
        RecentRequest(
          request: try row.resources(), gpuModels: try row.texts(), count: Int(try row.int64()))
      })
    situation.hasOrganization = results[0].count > 0
    let held = try results[7].map { row throws(DomainError) in
      (cluster: try row.id() as ClusterID, held: try row.resources())
    }
    situation.held = Dictionary(held.map { ($0.cluster, $0.held) }) { first, _ in first }
    situation.ceiling = try results[8].first { row throws(DomainError) in
      HeldCeiling(limit: try row.ceiling(), held: try row.resources())
    }
    return situation
  }

  package func holders(
    on cluster: ClusterID, seenBy organization: OrganizationID, limit: Int
  ) async throws(DomainError) -> [ClusterHolder] {
    let result = try await database.read(
      .holders,
      Parameters {
        $0.add(cluster)
        $0.add(Int32(clamping: limit))
        $0.add(organization)
      })
    return try result.map { row throws(DomainError) in
      ClusterHolder(
        deployment: try row.id(), name: try row.text(), request: try row.resources(),
        gpuDevices: try row.ints(), isOwn: try row.flag())
    }
  }

  package func preemptible(
    by deployment: Deployment, on clusters: [ClusterID], limit: Int
  ) async throws(DomainError) -> Preemptible {
    let ids = clusters.map(\.value)
    let results = try await database.snapshot([
      (
        .preemptible,
        Parameters {
          $0.add(ids)
          $0.add(deployment.organization)
          $0.add(Int32(clamping: deployment.priority))
          $0.add(deployment.terms.preempts)
          $0.add(Int32(clamping: limit))
        }
      ),
      (.heldByOrganization, Parameters { $0.add(ids) }),
    ])
    var preemptible = Preemptible(holders: try results[0].map(Deployment.init(row:)))
    let held = try results[1].map { row throws(DomainError) in
      (
        cluster: try row.id() as ClusterID, organization: try row.id() as OrganizationID,
        held: try row.resources()
      )
    }
    for one in held { preemptible.held[one.cluster, default: [:]][one.organization] = one.held }
    return preemptible
  }

  package func latestEvents(
    of deployment: DeploymentID, limit: Int
  ) async throws(DomainError) -> [DeploymentEvent] {
    let result = try await database.read(
      .latestEvents,
      Parameters {
        $0.add(deployment)
        $0.add(Int32(clamping: limit))
      })
    return try result.map(DeploymentEvent.init(row:)).reversed()
  }
}

extension SituationReservation {
  fileprivate init(row: inout Row) throws(DomainError) {
    let room = KeptRoom(
      cluster: try row.id(), deployment: try row.id(), gpuDevices: try row.ints(),
      backfilledCPU: MilliCPU(try row.int64()), backfilledMemory: Bytes(try row.int64()),
      isClaim: try row.flag(), replicas: try row.int())
    self.init(
      room: room, organization: try row.id(), name: try row.text(), priority: try row.int(),
      createdAt: try row.instant(),
      request: try row.resources())
  }
}

extension QueuedAhead {
  fileprivate init(row: inout Row) throws(DomainError) {
    self.init(
      deployment: try row.id(), name: try row.text(), priority: try row.int(),
      createdAt: try row.instant())
  }
}

extension Statement {
  fileprivate static let situationOrganization = Statement(
    "situation_organization", "SELECT 1 FROM organizations WHERE id = $1")

  fileprivate static let situationClusters = Statement(
    "situation_clusters",
    """
    SELECT \(Cluster.columns) FROM cluster_access a JOIN (\(Cluster.source)) ON c.id = a.id
    WHERE a.organization_id = $1 AND ($2::uuid IS NULL OR a.id = $2)
    ORDER BY c.id LIMIT $3::int
    """)

  fileprivate static let situationReservations = Statement(
    "situation_reservations",
    """
    SELECT r.cluster_id, r.deployment_id, r.gpu_devices, r.backfilled_cpu, r.backfilled_memory,
      r.is_claim, r.replicas, d.organization_id, d.name, d.priority, d.created_at, d.cpu, d.memory,
      d.gpu
    FROM cluster_access a JOIN reservations r ON r.cluster_id = a.id
    JOIN deployments d ON d.id = r.deployment_id AND d.state = 'queued'
    WHERE a.organization_id = $1 AND ($2::uuid IS NULL OR a.id = $2)
    ORDER BY r.cluster_id LIMIT $3::int
    """)

  /// Two ranges of the queue's index: the higher priorities, and the older ones of its own.
  fileprivate static let countAhead = Statement(
    "count_ahead",
    """
    SELECT count(*) FROM (
      (SELECT 1 FROM deployments d
        WHERE d.organization_id = $1 AND d.state = 'queued' AND d.priority > $2
        LIMIT \(SchedulingLimits.countedAhead))
      UNION ALL
      (SELECT 1 FROM deployments d
        WHERE d.organization_id = $1 AND d.state = 'queued' AND d.priority = $2
          AND (d.created_at, d.id) < ($3, $4)
        LIMIT \(SchedulingLimits.countedAhead))
      LIMIT \(SchedulingLimits.countedAhead)) AS ahead
    """)

  /// From each priority that is ahead its oldest: the index has them so, priority by priority.
  fileprivate static let firstAhead = Statement(
    "first_ahead",
    """
    WITH RECURSIVE levels (priority) AS (
      SELECT max(d.priority) FROM deployments d
      WHERE d.organization_id = $1 AND d.state = 'queued' AND d.priority >= $2
      UNION ALL
      SELECT (
        SELECT max(d.priority) FROM deployments d
        WHERE d.organization_id = $1 AND d.state = 'queued' AND d.priority >= $2
          AND d.priority < l.priority)
      FROM levels l WHERE l.priority IS NOT NULL
    ), highest AS (
      SELECT priority FROM levels WHERE priority IS NOT NULL
      LIMIT \(SchedulingLimits.answeredAhead)
    )
    SELECT a.id, a.name, a.priority, a.created_at
    FROM highest s CROSS JOIN LATERAL (
      SELECT d.* FROM deployments d
      WHERE d.organization_id = $1 AND d.state = 'queued' AND d.priority = s.priority
        AND (d.priority > $2 OR (d.created_at, d.id) < ($3, $4))
      ORDER BY d.created_at, d.id LIMIT \(SchedulingLimits.answeredAhead)) AS a
    ORDER BY a.priority DESC, a.created_at, a.id LIMIT \(SchedulingLimits.answeredAhead)
    """)

  fileprivate static let recentRequests = Statement(
    "recent_requests",
    """
    SELECT cpu, memory, gpu, gpu_models, count(*) FROM (
      SELECT d.cpu, d.memory, d.gpu, d.gpu_models FROM deployments d
      WHERE d.organization_id = $1 ORDER BY d.created_at DESC, d.id DESC
      LIMIT \(SchedulingLimits.previewedRequests)) AS latest
    GROUP BY cpu, memory, gpu, gpu_models ORDER BY cpu, memory, gpu, gpu_models
    """)

  fileprivate static let holders = Statement(
    "holders",
    """
    SELECT d.id, d.name, d.cpu, d.memory, d.gpu, d.gpu_devices, d.organization_id = $3
    FROM deployments d
    WHERE d.placed_cluster = $1 AND d.state IN ('scheduled', 'starting', 'running')
    ORDER BY d.id LIMIT $2::int
    """)

  /// What the organization holds on clusters that have quotas. Of `clusters`' first those.
  fileprivate static let situationHeld = Statement(
    "situation_held",
    """
    SELECT c.id, h.cpu::bigint, h.memory::bigint, h.gpu::bigint
    FROM (
      SELECT a.id FROM cluster_access a
      WHERE a.organization_id = $1 AND ($2::uuid IS NULL OR a.id = $2)
        AND EXISTS (SELECT FROM cluster_quotas q WHERE q.cluster_id = a.id)
      ORDER BY a.id LIMIT $3::int) AS c
    CROSS JOIN LATERAL held_resources($1, c.id) AS h
    """)

  /// What is held is told up to what 62 bits hold.
  fileprivate static let situationCeiling = Statement(
    "situation_ceiling",
    """
    SELECT q.cpu_limit, q.memory_limit, q.gpu_limit, least(h.cpu, 4611686018427387904)::bigint,
      least(h.memory, 4611686018427387904)::bigint, least(h.gpu, 4611686018427387904)::bigint
    FROM organization_quotas q CROSS JOIN LATERAL held_resources(q.organization_id, NULL) AS h
    WHERE q.organization_id = $1
      AND coalesce(q.cpu_limit, q.memory_limit, q.gpu_limit) IS NOT NULL
    """)

  /// Of other organizations where this one may reclaim.
  fileprivate static let preemptible = Statement(
    "preemptible",
    """
    SELECT \(Deployment.schedulingColumns)
    FROM unnest($1::uuid[]) AS c (id)
    LEFT JOIN cluster_quotas q
      ON q.cluster_id = c.id AND q.organization_id = $2 AND q.is_accepted AND q.reclaim <> 'never'
    CROSS JOIN LATERAL (
      SELECT d.* FROM deployments d
      WHERE d.placed_cluster = c.id AND d.state IN ('scheduled', 'starting', 'running')
        AND d.attempt < d.max_attempts AND CASE WHEN d.organization_id = $2
          THEN $4 AND d.priority < $3 ELSE q.reclaim = 'any' OR d.priority < $3 END
        AND (d.organization_id = $2 OR q.reclaim IS NOT NULL)
      ORDER BY d.priority, d.scheduled_at DESC, d.id LIMIT $5::int) AS d
    """)

  fileprivate static let heldByOrganization = Statement(
    "held_by_organization",
    """
    SELECT d.placed_cluster, d.organization_id, sum(d.cpu)::bigint, sum(d.memory)::bigint,
      sum(d.gpu)::bigint
    FROM deployments d
    WHERE d.placed_cluster = ANY ($1::uuid[]) AND d.state IN ('scheduled', 'starting', 'running')
      AND EXISTS (SELECT FROM cluster_quotas q WHERE q.cluster_id = d.placed_cluster)
    GROUP BY d.placed_cluster, d.organization_id
    """)

  fileprivate static let latestEvents = Statement(
    "latest_events",
    """
    SELECT \(DeploymentEvent.columns) FROM deployment_events e
    WHERE e.deployment_id = $1 ORDER BY e.sequence DESC LIMIT $2::int
    """)
}
