import TestSupport
import Testing

/// The invariants I1 to I5 and the legal transitions, asked by SQL that shares nothing with the
/// server.
enum Invariants {
  /// One row a violation. One statement, so it sees one moment.
  static let sql = """
    WITH holding AS (
      SELECT * FROM deployments WHERE state IN ('scheduled', 'starting', 'running')
    ), held AS (
      SELECT placed_cluster AS id, sum(cpu) AS cpu, sum(memory) AS memory, sum(gpu) AS gpu
      FROM holding GROUP BY placed_cluster
    ), history AS (
      SELECT deployment_id, sequence, state, epoch,
        lag(state) OVER (PARTITION BY deployment_id ORDER BY sequence) AS before
      FROM deployment_events
    ), terms AS (
      SELECT e.epoch, t.shard,
        max(e.epoch) OVER (PARTITION BY t.shard ORDER BY e.sequence) AS newest
      FROM deployment_events e LEFT JOIN scheduler_terms t USING (epoch)
      WHERE e.epoch IS NOT NULL
    )
    SELECT 'violation I1: cluster ' || c.name || ' says '
      || concat_ws('/', c.cpu_allocated, c.memory_allocated, c.gpu_allocated) || ', holds '
      || concat_ws('/', h.cpu, h.memory, h.gpu)
    FROM clusters c LEFT JOIN held h USING (id)
    WHERE c.cpu_allocated <> coalesce(h.cpu, 0) OR c.memory_allocated <> coalesce(h.memory, 0)
      OR c.gpu_allocated <> coalesce(h.gpu, 0)
      OR c.cpu_allocated NOT BETWEEN 0 AND c.cpu_capacity
      OR c.memory_allocated NOT BETWEEN 0 AND c.memory_capacity
      OR c.gpu_allocated NOT BETWEEN 0 AND c.gpu_capacity
    UNION ALL
    SELECT 'violation I1: device ' || device.number - 1 || ' of ' || c.name
    FROM clusters c, unnest(c.gpu_devices) WITH ORDINALITY AS device (millis, number)
    WHERE device.millis <> coalesce((
      SELECT sum(least(d.gpu, 1000)) FROM holding d
      WHERE d.placed_cluster = c.id AND device.number - 1 = ANY (d.gpu_devices)), 0)
    UNION ALL
    SELECT 'violation I2: deployment ' || d.id || ' is ' || d.state || ' against its history'
    FROM deployments d WHERE d.state IS DISTINCT FROM (
      SELECT e.state FROM deployment_events e WHERE e.deployment_id = d.id
      ORDER BY e.sequence DESC LIMIT 1)
    UNION ALL
    SELECT 'violation I2: a history without its deployment ' || e.deployment_id
    FROM deployment_events e LEFT JOIN deployments d ON d.id = e.deployment_id WHERE d.id IS NULL
    UNION ALL
    SELECT 'violation I3: deployment ' || d.id || ' holds in a cluster that is not its own'
    FROM holding d LEFT JOIN clusters c ON c.id = d.placed_cluster
    WHERE c.id IS NULL
      OR (c.organization_id <> d.organization_id AND d.organization_id NOT IN (
        SELECT q.organization_id FROM cluster_quotas q
        WHERE q.cluster_id = c.id AND q.is_accepted))
      OR (d.requested_cluster IS NOT NULL AND d.requested_cluster <> d.placed_cluster)
    UNION ALL
    SELECT 'violation I4: deployment ' || id || ' has ' || attempt || ' attempts'
    FROM deployments WHERE attempt > max_attempts
    UNION ALL
    SELECT 'violation I5: epoch ' || epoch || ' wrote after ' || newest
    FROM terms WHERE epoch < newest OR shard IS NULL
    UNION ALL
    SELECT 'violation: deployment ' || deployment_id || ' went from ' || before || ' to ' || state
    FROM history WHERE before IN ('completed', 'failed', 'cancelled')
      OR (before IS NULL) <> (state = 'queued' AND before IS NULL)
      OR (before = 'queued'
        AND state NOT IN ('scheduled', 'cancelled', 'queued', 'failed'))
      OR (before IN ('starting', 'running') AND state = 'scheduled')
      OR (before = 'running' AND state = 'starting')
    """

  /// Expects that all hold now.
  static func expectHold(
    in database: TestDatabase, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let violations = try await database.query(sql)
    #expect(violations.isEmpty, sourceLocation: sourceLocation)
  }

  /// Asks every 100 ms while `body` runs and expects that all held every time.
  static func expectHold<Result>(
    in database: TestDatabase, throughout body: () async throws -> Result,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> Result {
    let watch = try ChildProcess.start(
      "/usr/bin/psql",
      [
        "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1",
        database.url,
      ],
      input: "SELECT 'round' UNION ALL (\(sql)) \\watch 0.1\n")
    try await watch.waitForLine(containing: "round")
    let result = try await body()
    try await expectHold(in: database, sourceLocation: sourceLocation)
    #expect(watch.exit == nil, "the watch ended: \(watch.written)", sourceLocation: sourceLocation)
    watch.kill()
    let lines = try await watch.outcome().standardOutput.split(separator: "\n")
    let violations = Set(lines.filter { $0.contains("violation") })
    #expect(violations.isEmpty, sourceLocation: sourceLocation)
    #expect(lines.contains { $0 == "round" }, sourceLocation: sourceLocation)
    return result
  }
}
