import Domain
import Testing

@Suite struct AgentSessionsTests {
  private let stage = AgentStage()

  private func stop(_ deployment: Deployment, grace: Duration = .seconds(10)) -> AgentOrder {
    .stop(deployment.id, attempt: deployment.attempt, grace: grace)
  }

  @Test func `what was scheduled before the agent came is started when it attaches`() async throws {
    let deployment = stage.place()
    let agent = try await stage.attach()
    #expect(agent.takeOrders() == [.start(stage.world[deployment.id]!)])
    #expect(stage.world.with { $0.agents[stage.cluster.id]?.location } == AgentStage.location)
  }

  @Test func `what is scheduled is started at once, what is cancelled stopped`() async throws {
    let agent = try await stage.attach()
    let deployment = stage.place()
    #expect(agent.takeOrders() == [.start(stage.world[deployment.id]!)])
    stage.write(deployment.ended(.cancelled))
    #expect(agent.takeOrders() == [stop(deployment)])
    // Told twice, ordered once.
    stage.look()
    #expect(agent.takeOrders() == [])
  }

  @Test func `a deployment that moved to another cluster is stopped here`() async throws {
    let agent = try await stage.attach()
    let deployment = stage.place()
    _ = agent.takeOrders()
    var moved = deployment
    moved.attempt = 2
    moved.placedCluster = ClusterID(0xff)
    // The feed tells of the way back to the queue with the deployment as it is by now.
    stage.write(moved)
    #expect(agent.takeOrders() == [stop(deployment)])
  }

  @Test func `reports move the deployment on and wake everybody`() async throws {
    let agent = try await stage.attach()
    let deployment = stage.place()
    _ = agent.takeOrders()
    stage.stage.broadcast.forget()
    #expect(await stage.report(agent, deployment, .starting) == nil)
    #expect(await stage.report(agent, deployment, .running) == nil)
    #expect(stage.world[deployment.id]?.state == .running)
    #expect(stage.stage.broadcast.told == [.changed, .changed])
    #expect(agent.takeOrders() == [])
    #expect(await stage.report(agent, deployment, .completed) == nil)
    #expect(stage.world[deployment.id]?.state == .completed)
    // The end is kept: the container may go. The feed's news of it order nothing more.
    stage.look()
    #expect(agent.takeOrders() == [stop(deployment, grace: .zero)])
  }

  @Test func `a failure that may pass goes back to the queue, with a delay`() async throws {
    let agent = try await stage.attach()
    let deployment = stage.place()
    _ = agent.takeOrders()
    #expect(await stage.report(agent, deployment, .failed, isRetryable: true) == nil)
    let queued = stage.world[deployment.id]
    #expect(queued?.state == .queued)
    // Half of the first second: the jitter here is one half.
    #expect(queued?.notBefore == .after(0.5))
    #expect(agent.takeOrders() == [stop(deployment, grace: .zero)])
    let other = stage.place()
    #expect(await stage.report(agent, other, .failed) == nil)
    #expect(stage.world[other.id]?.state == .failed)
  }

  @Test func `a report of an attempt that is over is answered with stop`() async throws {
    let agent = try await stage.attach()
    let deployment = stage.place(attempt: 2)
    _ = agent.takeOrders()
    #expect(await stage.report(agent, deployment, .running, attempt: 1) == nil)
    #expect(
      agent.takeOrders() == [.stop(deployment.id, attempt: 1, grace: .seconds(10))])
    #expect(stage.world[deployment.id]?.state == .scheduled)
    stage.write(deployment.ended(.cancelled))
    _ = agent.takeOrders()
    #expect(await stage.report(agent, deployment, .completed) == nil)
    #expect(agent.takeOrders() == [stop(deployment, grace: .zero)])
    #expect(stage.world[deployment.id]?.state == .cancelled)
  }

  @Test func `a report made twice is taken once and stops nothing`() async throws {
    let agent = try await stage.attach()
    let deployment = stage.place()
    _ = agent.takeOrders()
    for state in [AgentContainer.State.running, .running, .starting] {
      #expect(await stage.report(agent, deployment, state) == nil)
    }
    #expect(stage.world[deployment.id]?.state == .running)
    #expect(agent.takeOrders() == [])
  }

  @Test func `a running container that is gone when the agent attaches is a failed attempt`()
    async throws
  {
    let deployment = stage.place(.running)
    let agent = try await stage.attach()
    let after = stage.world[deployment.id]
    #expect(after?.state == .queued)
    #expect(after?.reason.hasPrefix("container-lost") == true)
    #expect(after?.notBefore != nil)
    #expect(agent.takeOrders().contains { if case .start = $0 { true } else { false } } == false)
  }

  @Test func `an agent that found its container goes on with it`() async throws {
    let deployment = stage.place()
    let agent = try await stage.attach(
      found: [
        AgentContainer(deployment: deployment.id, attempt: 1, state: .running),
        AgentContainer(deployment: DeploymentID(0xdead), attempt: 4, state: .running),
      ])
    #expect(stage.world[deployment.id]?.state == .running)
    #expect(
      agent.takeOrders() == [
        .stop(DeploymentID(0xdead), attempt: 4, grace: .seconds(10))
      ])
    stage.write(stage.world[deployment.id]!.ended(.cancelled))
    #expect(agent.takeOrders() == [stop(deployment)])
  }

  @Test func `changes that come while the agent attaches are not lost`() async throws {
    let deployment = stage.place()
    let late = stage.stage.fixtures.deployment()
    let (world, cluster, feed) = (stage.world, stage.cluster.id, stage.feed)
    let executor = stage.stage.executor
    // After the database was read, before the answer is there.
    world.after(.holding) { () async throws(DomainError) in
      world.after(.holding, nil)
      world.write(deployment.ended(.cancelled))
      var placed = late
      placed.state = .scheduled
      placed.attempt = 1
      placed.placedCluster = cluster
      world.write(placed)
      feed.kick()
      // The feed gets its turn first.
      await executor.spawn {}.value
      for _ in 0..<20 { await Task.yield() }
    }
    let agent = try await stage.attach()
    let started = agent.takeOrders()
    #expect(started.count == 3)
    // What was read first, then what came after.
    guard case .start(let first) = started.first, first.id == deployment.id else {
      Issue.record("expected its start first: \(started)")
      return
    }
    #expect(started.contains(stop(deployment)))
    #expect(started.contains(.start(world[late.id]!)))
  }

  @Test func `a report waits while the database is away, and is kept`() async throws {
    let agent = try await stage.attach()
    let deployment = stage.place()
    stage.world.fail(.apply)
    let done = stage.stage.spawn {
      try? await agent.session.report(
        AgentContainer(deployment: deployment.id, attempt: 1, state: .running))
    }
    stage.stage.pass(.seconds(20))
    #expect(stage.world[deployment.id]?.state == .scheduled)
    #expect(stage.world.calls(.apply) > 5)
    #expect(!agent.isOver, "an agent whose report waits is not silent")
    stage.world.recover(.apply)
    stage.stage.pass(.seconds(3))
    await done.value
    #expect(stage.world[deployment.id]?.state == .running)
  }

  // MARK: - Sessions

  @Test func `a newer agent of the cluster ends the older one's session`() async throws {
    let old = try await stage.attach(1)
    let deployment = stage.place()
    let new = try await stage.attach(
      2, found: [AgentContainer(deployment: deployment.id, attempt: 1, state: .running)])
    #expect(old.error == .aborted("a newer agent of this cluster attached"))
    #expect(await stage.report(old, deployment, .completed) != nil)
    #expect(stage.world[deployment.id]?.state == .running)
    // The old stream's end does not detach the new agent.
    await stage.stage.call { await old.session.detach() }
    #expect(stage.world.with { $0.agents[stage.cluster.id]?.location } != nil)
    #expect(!new.isOver)
    #expect(stage.sessions.count == 1)
  }

  @Test func `an agent that attached to another replica ends the session here`() async throws {
    let agent = try await stage.attach(1)
    stage.world.with { $0.agents[stage.cluster.id]?.session = 2 }
    agent.session.heard()
    stage.stage.pass(.seconds(3))
    #expect(agent.isOver)
    guard case .aborted = agent.error else {
      Issue.record("expected aborted, got \(String(describing: agent.error))")
      return
    }
  }

  @Test func `heartbeats of all agents are written in one statement per interval`() async throws {
    let agents = [try await stage.attach(1)]
    let more = AgentsOfMany(stage, count: 5)
    try await more.attach()
    for _ in 0..<10 {
      for agent in agents + more.agents { agent.session.heard() }
      stage.stage.pass(.seconds(1))
    }
    #expect(stage.world.calls(.heartbeat) == 3)
    let seen = stage.world.with { $0.agents.values.map(\.seenAt) }
    #expect(seen.count == 6)
    #expect(seen.allSatisfy { $0 >= .after(9) })
  }

  @Test func `an agent that falls silent is no longer reported alive, then cut off`() async throws {
    let agent = try await stage.attach()
    stage.stage.pass(.seconds(9))
    let seen = stage.world.with { $0.agents[stage.cluster.id]!.seenAt }
    stage.stage.pass(.seconds(3))
    #expect(stage.world.with { $0.agents[stage.cluster.id]!.seenAt } == seen)
    #expect(!agent.isOver)
    stage.stage.pass(.seconds(6))
    #expect(agent.isOver)
  }

  @Test func `heartbeats that cannot be written are written later; no session ends`() async throws {
    let agent = try await stage.attach()
    stage.world.fail(.heartbeat)
    for _ in 0..<10 {
      agent.session.heard()
      stage.stage.pass(.seconds(1))
    }
    #expect(!agent.isOver)
    stage.world.recover(.heartbeat)
    stage.stage.pass(.seconds(3))
    #expect(stage.world.with { $0.agents[stage.cluster.id]!.seenAt } >= .after(12))
  }

  @Test func `after detaching the agent is nowhere and its orders end`() async throws {
    let agent = try await stage.attach()
    await stage.stage.call { await agent.session.detach() }
    #expect(agent.isOver)
    #expect(agent.error == nil)
    #expect(stage.world.with { $0.agents[stage.cluster.id]?.location } == nil)
    #expect(stage.sessions.count == 0)
  }

  @Test func `an attach that fails leaves nothing behind`() async throws {
    stage.world.fail(.holding)
    await #expect(throws: DomainError.self) { _ = try await stage.attach() }
    #expect(stage.sessions.count == 0)
    stage.world.recover(.holding)
    let agent = try await stage.attach(2)
    #expect(!agent.isOver)
  }

  @Test func `a replica that missed changes compares its agents with the database`() async throws {
    let agent = try await stage.attach()
    let kept = stage.place(.running)
    let gone = stage.place()
    _ = agent.takeOrders()
    _ = kept
    // More changes at once than are kept for the sessions.
    let (world, cluster) = (stage.world, stage.cluster.id)
    world.write(gone.ended(.cancelled))
    var missed = stage.stage.fixtures.deployment()
    missed.state = .scheduled
    missed.attempt = 1
    missed.placedCluster = cluster
    world.write(missed)
    let noise = stage.stage.fixtures.deployment()
    for _ in 0...AgentLimits.bufferedChanges { world.write(noise) }
    stage.look()
    let orders = agent.takeOrders()
    #expect(orders.contains(stop(gone)))
    #expect(orders.contains(.start(world[missed.id]!)))
  }
}

/// More clusters, each with an agent.
final class AgentsOfMany {
  private let stage: AgentStage
  private let clusters: [Cluster]
  private(set) var agents: [StagedAgent] = []

  init(_ stage: AgentStage, count: Int) {
    self.stage = stage
    clusters = (0..<count).map { _ in stage.stage.fixtures.cluster() }
    for cluster in clusters { stage.world.add(cluster) }
  }

  func attach() async throws {
    for (index, cluster) in clusters.enumerated() {
      let (sessions, id) = (stage.sessions, Nonce(UInt128(100 + index)))
      let session = await stage.stage.call {
        try? await sessions.attach(
          cluster: cluster.id, session: id,
          hello: AgentHello(version: "1", engine: "simulated", containers: []))
      }
      agents.append(StagedAgent(session!))
    }
  }
}
