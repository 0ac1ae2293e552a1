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
    return situation
  }

  package func holders(
    on cluster: ClusterID, limit: Int
  ) async throws(DomainError) -> [ClusterHolder] {
    let result = try await database.read(
      .holders,
      Parameters {
        $0.add(cluster)
        $0.add(Int32(clamping: limit))
      })
    return try result.map { row throws(DomainError) in
      ClusterHolder(
        deployment: try row.id(), name: try row.text(), request: try row.resources(),
        gpuDevices: try row.ints())
    }
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
      replicas: try row.int())
    self.init(
      room: room, name: try row.text(), priority: try row.int(), createdAt: try row.instant(),
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
    SELECT \(Cluster.columns) FROM \(Cluster.source)
    WHERE c.organization_id = $1 AND ($2::uuid IS NULL OR c.id = $2)
    ORDER BY c.id LIMIT $3::int
    """)

  fileprivate static let situationReservations = Statement(
    "situation_reservations",
    """
    SELECT r.cluster_id, r.deployment_id, r.gpu_devices, r.backfilled_cpu, r.backfilled_memory,
      r.replicas, d.name, d.priority, d.created_at, d.cpu, d.memory, d.gpu
    FROM clusters c JOIN reservations r ON r.cluster_id = c.id
    JOIN deployments d ON d.id = r.deployment_id AND d.state = 'queued'
    WHERE c.organization_id = $1 AND ($2::uuid IS NULL OR c.id = $2)
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
    SELECT d.id, d.name, d.cpu, d.memory, d.gpu, d.gpu_devices FROM deployments d
    WHERE d.placed_cluster = $1 AND d.state IN ('scheduled', 'starting', 'running')
    ORDER BY d.id LIMIT $2::int
    """)

  fileprivate static let latestEvents = Statement(
    "latest_events",
    """
    SELECT \(DeploymentEvent.columns) FROM deployment_events e
    WHERE e.deployment_id = $1 ORDER BY e.sequence DESC LIMIT $2::int
    """)
}
