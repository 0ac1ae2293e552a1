import TestSupport
import Testing

/// What must hold when the faults are over and nobody asks for more.
extension FaultRun {
  func expectRecovery() async throws {
    try await eventually(
      "everything that fits to be placed", within: .seconds(10) + Slack.machine,
      every: .milliseconds(100)
    ) {
      try await stack.database.query(Self.unplaced) == [["0"]]
    }
    let broken = try await stack.database.query(InvariantWatch.sql())
    #expect(broken.isEmpty, "\(plan.name): with \(seed)")
    try await Invariants.expectHold(in: stack.database)
    try await expectAcknowledged()
  }

  /// Every create that was answered is there, as one deployment, in one state with a history that
  /// leads to it; and no key made two.
  private func expectAcknowledged() async throws {
    let rows = try await stack.database.query("SELECT id FROM deployments")
    let there = Set(rows.map { $0[0] })
    #expect(there.count == rows.count)
    let gangs = try await stack.database.query(
      "SELECT count(*) FROM deployments WHERE gang_index = 0 AND attempt > 0")
    #expect(Int(gangs[0][0]) ?? 0 > 0, "no gang was placed")
    let lost = load.work.ids.subtracting(there)
    #expect(lost.isEmpty, "acknowledged and lost, with \(seed)")
    #expect(load.work.ids.count == load.work.count, "two creates were answered with one deployment")
    let doubled = try await stack.database.query(
      """
      SELECT (SELECT count(*) FROM deployments WHERE coalesce(gang_index, 0) = 0)
          - count(DISTINCT deployment_id),
        count(*) - count(DISTINCT deployment_id)
      FROM idempotency_keys
      """)
    #expect(doubled == [["0", "0"]], "a repeated create made a second deployment, with \(seed)")
  }

  /// Deployments of no gang that wait though a cluster has room for them, its agent is there or it
  /// never had one, and no delay of a retry holds them.
  private static let unplaced = """
    SELECT count(DISTINCT q.id) FROM deployments q
    JOIN clusters c ON c.organization_id = q.organization_id
      AND (q.requested_cluster IS NULL OR q.requested_cluster = c.id)
    LEFT JOIN agent_sessions s ON s.cluster_id = c.id
    WHERE q.state = 'queued' AND q.gang_id IS NULL
      AND (q.not_before IS NULL OR q.not_before < now())
      AND (s.cluster_id IS NULL OR s.seen_at > now() - interval '2 s')
      AND c.cpu_capacity - c.cpu_allocated >= q.cpu
      AND c.memory_capacity - c.memory_allocated >= q.memory
      AND (SELECT count(*) FROM unnest(c.gpu_devices) AS held (share)
        WHERE held.share + least(q.gpu, 1000) <= 1000) >= (q.gpu + 999) / 1000
    """
}
