package import Domain

/// What waits and runs on the whole platform, in one snapshot.
package struct PostgresStatisticsStore: StatisticsStore {
  let database: PostgresDatabase

  package func platform(
    heardBefore deadline: Instant, now: Instant
  ) async throws(DomainError) -> PlatformStatistics {
    let results = try await database.snapshot([
      (.queueStatistics, Parameters { $0.add(now) }),
      (.classPriorities, .none),
      (.holdingStatistics, .none),
      (.clusterStatistics, Parameters { $0.add(Int32(StatisticsLimits.clusters)) }),
      (.capacityStatistics, Parameters { $0.add(deadline) }),
    ])
    var platform = PlatformStatistics()
    let queue = try results[0].map { row throws(DomainError) in
      PlatformStatistics.Queue(
        priority: try row.int(), deployments: Int(try row.int64()), paused: Int(try row.int64()),
        waitingSince: try row.instantOrNull())
    }
    let classes = try results[1].map { row throws(DomainError) in try row.int() }
    platform.queue = PlatformStatistics.bounded(queue, classes: Set(classes))
    _ = try results[2].first { row throws(DomainError) in
      platform.scheduled = Int(try row.int64())
      platform.starting = Int(try row.int64())
      platform.running = Int(try row.int64())
    }
    platform.clusters = try results[3].map { row throws(DomainError) in
      PlatformStatistics.Cluster(
        id: try row.id(), name: try row.text(), organization: try row.text(),
        capacity: try row.resources(), allocated: try row.resources())
    }
    _ = try results[4].first { row throws(DomainError) in
      platform.clusterCount = Int(try row.int64())
      platform.capacity = try row.resources()
      platform.allocated = try row.resources()
      platform.agents.attached = Int(try row.int64())
      platform.agents.lost = Int(try row.int64())
      platform.agents.none = Int(try row.int64())
    }
    return platform
  }
}

extension Statement {
  /// By the index deployments_queue alone, as far as the visibility map allows. A retry has waited
  /// since its pause was over, others since they were created.
  fileprivate static let queueStatistics = Statement(
    "queue_statistics",
    """
    SELECT priority, count(*), count(*) FILTER (WHERE not_before > $1::timestamptz),
      min(coalesce(not_before, created_at))
        FILTER (WHERE not_before IS NULL OR not_before <= $1::timestamptz)
    FROM deployments WHERE state = 'queued' GROUP BY priority
    """)

  fileprivate static let classPriorities = Statement(
    "class_priorities", "SELECT DISTINCT priority FROM priority_classes")

  /// What holds resources, which the clusters bound.
  fileprivate static let holdingStatistics = Statement(
    "holding_statistics",
    """
    SELECT count(*) FILTER (WHERE state = 'scheduled'), count(*) FILTER (WHERE state = 'starting'),
      count(*) FILTER (WHERE state = 'running')
    FROM deployments WHERE state IN ('scheduled', 'starting', 'running')
    """)

  /// In the order of their ids, which is that of their age.
  fileprivate static let clusterStatistics = Statement(
    "cluster_statistics",
    """
    SELECT c.id, c.name, o.name, c.cpu_capacity, c.memory_capacity, c.gpu_capacity,
      c.cpu_allocated, c.memory_allocated, c.gpu_allocated
    FROM (SELECT * FROM clusters ORDER BY id LIMIT $1::int) AS c
    JOIN organizations o ON o.id = c.organization_id ORDER BY c.id
    """)

  /// An agent that is not heard of any more is lost, whether it took its leave or not: so the
  /// scheduler has it.
  fileprivate static let capacityStatistics = Statement(
    "capacity_statistics",
    """
    SELECT count(*), \(sum("c.cpu_capacity")), \(sum("c.memory_capacity")),
      \(sum("c.gpu_capacity")), \(sum("c.cpu_allocated")), \(sum("c.memory_allocated")),
      \(sum("c.gpu_allocated")),
      count(*) FILTER (WHERE s.seen_at >= $1::timestamptz),
      count(*) FILTER (WHERE s.seen_at < $1::timestamptz),
      count(*) FILTER (WHERE s.seen_at IS NULL)
    FROM clusters c LEFT JOIN agent_sessions s ON s.cluster_id = c.id
    """)

  /// No more than 64 bits hold.
  private static func sum(_ column: String) -> String {
    "least(coalesce(sum(\(column)), 0), \(Int64.max))::bigint"
  }
}
