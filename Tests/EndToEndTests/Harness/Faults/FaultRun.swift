import Messages
import RPCClient
import TestSupport
import Testing

/// Load on a stack while a test breaks its parts: random deployments through simulated agents, the
/// invariants asked all the while, and what must hold when the faults are over.
struct FaultRun: Sendable {
  struct Plan: Sendable {
    var name: String
    /// Fewer make the run void: nothing was at stake.
    var placements: Int
    /// Fewer acknowledged make it void too.
    var deployments = 0
    /// How many times the usual room the clusters have.
    var room: Int64 = 1
    var streams = 8
    /// Of one stream, between two deployments.
    var pause = Duration.milliseconds(20)
    /// Some take the places of others, and some wait for a moment only.
    var isContended = false
    var secondsBetweenChecks = 0.1
    /// How long the placements may take after the faults.
    var patience = Duration.seconds(60)
    /// Whether one of the clusters is of another shard: both shards' leaders decide about the same
    /// deployments.
    var isSharded = false
  }

  let stack: Stack
  let plan: Plan
  let seed: TestSeed
  let agents: [RunningAgent]
  let load: FaultLoad

  /// Each has an agent, which knows every replica.
  private static let clusters = 2

  /// A stack that may be broken: faults are allowed, the lock is short, and no reservation holds
  /// room back, so that what fits is what must be placed.
  static func options(
    replicas: Int, lockMilliseconds: Int? = 500, _ more: [String: String?] = [:]
  ) -> StackOptions {
    var options = StackOptions(
      replicas: replicas,
      environment: [
        "BERTH_FAULTS": "allowed", "BERTH_RESERVATION_SECONDS": "86400", "BERTH_LOOPS": "1",
      ])
    if let lockMilliseconds {
      options.environment["BERTH_FAULT_LOCK_MILLISECONDS"] = String(lockMilliseconds)
    }
    options.environment.merge(more) { $1 }
    return options
  }

  /// Runs `faults` under load, then ends the load and expects that everything recovered.
  static func perform(
    _ plan: Plan, on options: StackOptions,
    prepare: (Stack) async throws -> Void = { _ in },
    faults: (FaultRun) async throws -> Void
  ) async throws {
    let seed = TestSeed.draw(plan.name)
    try await Stack.with(options) { stack in
      try await prepare(stack)
      let run = try await make(plan, seed, stack)
      try await run.loaded(faults)
      try await run.expectRecovery()
    }
  }

  private static func make(
    _ plan: Plan, _ seed: TestSeed, _ stack: Stack
  ) async throws -> FaultRun {
    let admin = try await stack.superAdmin()
    let tenant = try await admin.createOrganization()
    let everywhere = stack.replicas.map(\.address)
    var clusters: [String] = []
    var agents: [RunningAgent] = []
    let host = plan.isSharded ? try await makeHost(of: tenant.id, by: admin, on: stack) : nil
    for index in 0..<Self.clusters {
      let cluster = try await admin.createCluster(
        in: (index > 0 ? host : nil) ?? tenant.id, cpu: 3_000 * plan.room, gpu: 4_000 * plan.room)
      clusters.append(cluster.id)
      if index > 0, host != nil { try await share(cluster.id, with: tenant.id, by: admin) }
      let rotated = everywhere.indices.map { everywhere[($0 + index) % everywhere.count] }
      agents.append(
        try await RunningAgent.start(
          for: cluster.id, by: admin, on: stack, address: rotated.joined(separator: ",")))
    }
    var callers: [Caller] = []
    for replica in stack.replicas { callers.append(try await stack.superAdmin(at: replica)) }
    if plan.isContended { try await FaultLoad.putClasses(admin) }
    let load = FaultLoad(
      callers: callers, organization: tenant.id, clusters: clusters, pause: plan.pause,
      isContended: plan.isContended)
    return FaultRun(stack: stack, plan: plan, seed: seed, agents: agents, load: load)
  }

  private func loaded(_ faults: (FaultRun) async throws -> Void) async throws {
    let watch = InvariantWatch(of: stack.database, secondsBetween: plan.secondsBetweenChecks)
    try watch.start()
    let streams = (0..<plan.streams).map { index in
      Task { await load.run(seed.generator(index)) }
    }
    var failure: (any Error)?
    do {
      try await faults(self)
      try await untilPlaced(plan.placements, within: plan.patience)
      try await eventually("\(plan.deployments) creates", within: plan.patience) {
        load.work.count >= plan.deployments
      }
    } catch {
      failure = error
    }
    load.stop()
    for stream in streams { await stream.value }
    let seen = await watch.end()
    #expect(seen.violations.isEmpty, "\(plan.name): with \(seed)")
    #expect(seen.rounds > 10, "the invariants were hardly asked: \(seen.lastError)")
    let placed = try await placements()
    print(
      "\(plan.name): \(placed) placements, \(load.work.count) creates,",
      "\(seen.rounds) rounds of the invariants; refused: \(load.refused)")
    if let failure { throw failure }
  }

  // MARK: Watching

  /// Placements that were committed.
  func placements() async throws -> Int {
    let rows = try await stack.database.query(
      "SELECT count(*) FROM deployment_events WHERE state = 'scheduled'")
    return try #require(Int(rows[0][0]))
  }

  /// Waits until so many placements are committed.
  func untilPlaced(_ count: Int, within limit: Duration = .seconds(30)) async throws {
    try await eventually("\(count) placements", within: limit, every: .milliseconds(50)) {
      try await placements() >= count
    }
  }

  /// Waits until so many more placements are committed than now.
  func untilPlacedAnother(_ count: Int, within limit: Duration = .seconds(20)) async throws {
    try await untilPlaced(try await placements() + count, within: limit)
  }

  /// The number of the newest term.
  func epoch() async throws -> Int {
    let rows = try await stack.database.query("SELECT max(epoch) FROM scheduler_epoch")
    return try #require(Int(rows[0][0]))
  }

  /// How often the fence refused a commit, at every replica.
  var staleCommits: Int {
    stack.replicas.reduce(0) { $0 + $1.count("the fence refused a stale commit") }
  }
}
