import Domain
import Synchronization
import Testing

@Suite struct SchedulerTests {
  private let stage = SchedulingStage()

  private func queue(_ count: Int, cpu: Int64 = 1_000) -> [DeploymentID] {
    (0..<count).map { _ in
      let deployment = stage.fixtures.deployment(cpu: cpu, createdAt: stage.time.now())
      stage.world.queue(deployment)
      return deployment.id
    }
  }

  private func state(_ id: DeploymentID) -> DeploymentState? { stage.world[id]?.state }

  @Test func `a new deployment is placed without time passing`() {
    stage.world.add(stage.fixtures.cluster())
    let scheduler = stage.startScheduler(1)
    #expect(scheduler.status.isLeading)
    let before = stage.time.elapsed
    let id = queue(1)[0]
    stage.broadcast.publish(.changed)
    stage.settle()
    #expect(state(id) == .scheduled)
    #expect(stage.time.elapsed == before)
    #expect(scheduler.status.metrics.placed == 1)
  }

  @Test func `a deployment whose notice was lost is found by the slow poll`() {
    stage.world.add(stage.fixtures.cluster())
    let scheduler = stage.startScheduler(1)
    let id = queue(1)[0]
    stage.settle()
    #expect(state(id) == .queued)
    stage.pass(.seconds(1))
    #expect(state(id) == .scheduled)
    // It had waited for some of the second.
    let waits = scheduler.status.metrics.waits
    #expect(waits.count == 1)
    #expect((1...1_000_000_000).contains(waits.nanoseconds))
  }

  @Test func `what was queued before the term is placed in batches`() {
    stage.world.add(stage.fixtures.cluster(cpu: 1_000_000, memory: 1 << 40))
    let ids = queue(50)
    let scheduler = stage.startScheduler(1) { $0.batchSize = 20 }
    #expect(ids.allSatisfy { state($0) == .scheduled })
    #expect(stage.world.calls(.place) == 3)
    #expect(scheduler.status.metrics.placed == 50)
    #expect(scheduler.status.metrics.batches == 3)
    #expect(stage.world.violations == [])
  }

  @Test func `room that is freed goes to who waits, at once`() {
    stage.world.add(stage.fixtures.cluster(cpu: 1_000))
    _ = stage.startScheduler(1)
    let ids = queue(2)
    stage.broadcast.publish(.changed)
    stage.settle()
    #expect(ids.map(state) == [.scheduled, .queued])
    stage.world.end(ids[0], as: .cancelled)
    stage.broadcast.publish(.changed)
    stage.settle()
    #expect(state(ids[1]) == .scheduled)
  }

  @Test func `one of two replicas leads; when it stops the other goes on within half a second`() {
    stage.world.add(stage.fixtures.cluster())
    let first = stage.startScheduler(1)
    let second = stage.startScheduler(2)
    stage.pass(.seconds(20))
    #expect(first.status.isLeading && !second.status.isLeading)
    #expect(first.status.metrics.termsBegun == 1)
    first.stop()
    stage.settle()
    #expect(!first.status.isLeading)
    #expect(!stage.leases.isHeld, "the lock was given back")
    let id = queue(1)[0]
    let took = stage.passUntil { state(id) == .scheduled }
    #expect(took.map { $0 <= .seconds(0.7) } ?? false)
    #expect(second.status.isLeading)
  }

  @Test func `told to stop while the database hangs, it gives the lock back at once`() {
    stage.world.add(stage.fixtures.cluster())
    let scheduler = stage.startScheduler(1)
    let (time, executor) = (stage.time, stage.executor)
    stage.world.before(.place) { () async throws(DomainError) in
      // Whether or not its task is cancelled, as a statement on its way does.
      await executor.spawn { try? await time.sleep(for: .seconds(12)) }.value
    }
    let id = queue(1)[0]
    stage.broadcast.publish(.changed)
    stage.settle()
    #expect(state(id) == .queued && stage.leases.isHeld)
    scheduler.stop()
    stage.settle()
    #expect(!stage.leases.isHeld)
    stage.pass(.seconds(13))
    #expect(!scheduler.status.isLeading)
    #expect(state(id) == .scheduled, "nobody else led, so what was on its way still counts")
    #expect(stage.world.violations == [])
  }

  @Test(.timeLimit(.minutes(1)))
  func `a leader whose feed cannot begin waits for it and stays the leader`() {
    stage.world.add(stage.fixtures.cluster())
    let id = queue(1)[0]
    stage.world.fail(.cursor)
    let scheduler = stage.startScheduler(1)
    stage.pass(.seconds(20))
    #expect(scheduler.status.isLeading)
    #expect(scheduler.status.metrics.termsBegun == 1)
    #expect(state(id) == .queued)
    stage.world.recover(.cursor)
    #expect(stage.passUntil(within: .seconds(3)) { state(id) == .scheduled } != nil)
  }

  @Test func `a leader that dies is followed within its ttl and two seconds (known fault 32)`() {
    stage.world.add(stage.fixtures.cluster())
    // It is dead: it holds the lock and the term and never comes back.
    stage.leases.with { $0.holder = (7, .seconds(5)) }
    stage.world.with { $0.epoch = 4 }
    let survivor = stage.startScheduler(2)
    #expect(!survivor.status.isLeading)
    let id = queue(1)[0]
    let took = stage.passUntil { state(id) == .scheduled }
    #expect(took.map { $0 <= .seconds(7) } ?? false)
    #expect(survivor.status.epoch == Epoch(5))
  }

  @Test func `an error is counted, retried and never counted as success (known fault 31)`() {
    stage.world.add(stage.fixtures.cluster())
    let scheduler = stage.startScheduler(1)
    stage.world.fail(.place)
    let id = queue(1)[0]
    stage.broadcast.publish(.changed)
    stage.pass(.seconds(3))
    #expect(state(id) == .queued)
    #expect(scheduler.status.metrics.placed == 0)
    #expect(scheduler.status.metrics.errors >= 2)
    #expect(stage.world.calls(.place) < 60, "it retries with backoff")
    stage.world.recover(.place)
    #expect(stage.passUntil(within: .seconds(4)) { state(id) == .scheduled } != nil)
    #expect(scheduler.status.metrics.placed == 1)
    #expect(scheduler.status.isLeading)
  }

  @Test func `a commit whose answer is lost places nothing twice`() {
    stage.world.add(stage.fixtures.cluster(cpu: 1_000))
    let scheduler = stage.startScheduler(1)
    let isFirst = Atomic(true)
    stage.world.after(.place) { () async throws(DomainError) in
      if isFirst.exchange(false, ordering: .relaxed) {
        throw .unavailable("the connection broke", after: .seconds(1))
      }
    }
    let ids = queue(2)
    stage.broadcast.publish(.changed)
    stage.pass(.seconds(5))
    #expect(ids.map(state) == [.scheduled, .queued])
    #expect(stage.world[ids[0]]?.attempt == 1)
    #expect(stage.world.violations == [])
    #expect(scheduler.status.metrics.errors == 1)
    // Its end frees the room exactly once.
    stage.world.end(ids[0], as: .completed)
    stage.pass(.seconds(1))
    #expect(state(ids[1]) == .scheduled)
    #expect(stage.world.violations == [])
  }

  @Test func `a fenced leader steps down and places nothing more`() {
    stage.world.add(stage.fixtures.cluster())
    let scheduler = stage.startScheduler(1)
    // Another term begins behind its back, the lock is still its own.
    stage.world.with { $0.epoch += 1 }
    let id = queue(1)[0]
    stage.broadcast.publish(.changed)
    stage.settle()
    #expect(state(id) == .queued)
    #expect(!scheduler.status.isLeading)
    #expect(scheduler.status.metrics.termsFenced == 1)
    #expect(scheduler.status.metrics.staleCommits == 1)
    #expect(stage.world.with { $0.fencedPlacements } == 1)
    // It campaigns again, and leads under a newer epoch.
    #expect(stage.passUntil { state(id) == .scheduled } != nil)
    #expect(scheduler.status.epoch == Epoch(3))
  }

  @Test func `a leader change in the middle of a batch loses and doubles nothing`() {
    stage.world.add(stage.fixtures.cluster(cpu: 5_000))
    let first = stage.startScheduler(1)
    // The first leader's placement hangs until its lease is long over.
    let isFirst = Atomic(true)
    let (time, executor) = (stage.time, stage.executor)
    stage.world.before(.place) { () async throws(DomainError) in
      guard isFirst.exchange(false, ordering: .relaxed) else { return }
      // Whether or not its task is cancelled, as a statement on its way does.
      await executor.spawn { try? await time.sleep(for: .seconds(12)) }.value
    }
    let ids = queue(8)
    stage.broadcast.publish(.changed)
    stage.settle()
    stage.leases.with { $0.holder = nil }
    let second = stage.startScheduler(2)
    #expect(second.status.isLeading)
    #expect(ids.filter { state($0) == .scheduled }.count == 5)
    stage.pass(.seconds(20))
    #expect(stage.world.with { $0.fencedPlacements } == 1, "the late batch met the fence")
    #expect(ids.filter { state($0) == .scheduled }.count == 5)
    #expect(ids.allSatisfy { (stage.world[$0]?.attempt ?? 9) <= 1 })
    #expect(stage.world.violations == [])
    #expect(first.status.metrics.placed == 0)
  }

  @Test func `the lock lost, the leader steps down`() {
    let scheduler = stage.startScheduler(1)
    stage.leases.with { $0.holder = (99, .seconds(60)) }
    stage.pass(.seconds(2))
    #expect(!scheduler.status.isLeading)
    #expect(scheduler.status.metrics.leasesLost == 1)
  }

  @Test func `a renewal that comes too late is a lost lease`() {
    let scheduler = stage.startScheduler(1)
    stage.leases.with { $0.renewalDelay = .seconds(4) }
    #expect(stage.passUntil { !scheduler.status.isLeading } != nil)
    // Trusted from before the SET, less the margin, although Redis would have had it longer.
    #expect(stage.time.elapsed <= .seconds(4.5))
    #expect(scheduler.status.metrics.leasesLost == 1)
  }

  @Test func `while Redis is away the leader goes on, and nobody else leads`() {
    stage.world.add(stage.fixtures.cluster())
    let first = stage.startScheduler(1)
    let second = stage.startScheduler(2)
    stage.leases.with { $0.isAway = true }
    stage.pass(.seconds(30))
    #expect(first.status.isLeading && !second.status.isLeading)
    #expect(first.status.metrics.termsBegun == 1)
    let id = queue(1)[0]
    stage.pass(.seconds(1))
    #expect(state(id) == .scheduled)
    // Redis comes back empty: the leader takes the lock again, or is followed; one leads.
    stage.leases.with {
      $0.isAway = false
      $0.holder = nil
    }
    stage.pass(.seconds(10))
    #expect(first.status.isLeading != second.status.isLeading)
    #expect(stage.leases.isHeld)
  }

  @Test func `a leader that dies while Redis is away is followed by the clock of the database`() {
    stage.world.add(stage.fixtures.cluster())
    stage.leases.with { $0.isAway = true }
    // The dead leader's term is not over.
    stage.world.with { state in
      state.epoch = 3
      state.termEndsAt = .seconds(5)
    }
    let survivor = stage.startScheduler(1)
    let id = queue(1)[0]
    stage.pass(.seconds(4))
    #expect(!survivor.status.isLeading)
    let took = stage.passUntil { state(id) == .scheduled }
    #expect(took.map { $0 <= .seconds(3) } ?? false)
    #expect(survivor.status.epoch == Epoch(4))
  }

  @Test func `a leader that cannot reach the database gives the lock to one that can`() {
    let first = stage.startScheduler(1)
    stage.world.fail(.renewTerm, .changes, .lostClusters, .beginTerm, .endTerm)
    stage.pass(.seconds(5))
    #expect(!first.status.isLeading)
    #expect(!stage.leases.isHeld)
    #expect(first.status.metrics.leasesLost == 1)
    #expect(first.status.metrics.errors > 0)
  }

  @Test func `stopping gives lock and term back, whatever the scheduler does`() {
    let scheduler = stage.startScheduler(1)
    stage.world.fail(.changes, .place)
    stage.pass(.seconds(1))
    scheduler.stop()
    stage.pass(.seconds(3))
    #expect(!scheduler.status.isLeading)
    #expect(!stage.leases.isHeld)
    #expect(stage.world.with { $0.leader } == nil)
  }

  @Test func `a decision refused again and again makes the leader load its books anew`() {
    stage.world.add(stage.fixtures.cluster(cpu: 1_000))
    let scheduler = stage.startScheduler(1)
    // Something holds the room that the engine was never told of.
    var hidden = stage.fixtures.deployment()
    hidden.state = .running
    hidden.attempt = 1
    hidden.placedCluster = stage.world.with { $0.clusters.keys.first }
    let ghost = hidden
    stage.world.with { $0.deployments[ghost.id] = ghost }
    let id = queue(1)[0]
    stage.pass(.seconds(30))
    #expect(state(id) == .queued)
    #expect(scheduler.status.metrics.refused >= SchedulingLimits.refusalsBeforeReload)
    #expect(scheduler.status.metrics.snapshotsLoaded == 2)
    let calls = stage.world.calls(.place)
    stage.pass(.seconds(30))
    #expect(stage.world.calls(.place) == calls, "now it knows")
    stage.world.end(ghost.id, as: .completed)
    stage.pass(.seconds(2))
    #expect(state(id) == .scheduled)
  }

  // MARK: - Agents

  @Test func `a lost agent's deployments go back to the queue and wait for another cluster`() {
    let cluster = stage.fixtures.cluster()
    stage.world.add(cluster)
    stage.world.with { $0.agents[cluster.id] = .init(session: 1, location: nil, seenAt: .start) }
    _ = stage.startScheduler(1)
    let id = queue(1)[0]
    stage.pass(.seconds(1))
    #expect(state(id) == .scheduled)
    let took = stage.passUntil { state(id) == .queued }
    #expect(took.map { $0 >= .seconds(14) && $0 <= .seconds(18) } ?? false)
    stage.pass(.seconds(60))
    #expect(state(id) == .queued, "its cluster has no agent: nothing burns its attempts")
    #expect(stage.world[id]?.attempt == 1)
    // The agent comes back.
    let now: Instant = stage.time.now()
    stage.world.with { state in
      state.agents[cluster.id]?.seenAt = now + .seconds(3_600)
    }
    stage.pass(.seconds(5))
    #expect(state(id) == .scheduled)
    #expect(stage.world[id]?.attempt == 2)
  }

  @Test func `a fresh leader gives agents time before it judges them`() {
    let cluster = stage.fixtures.cluster()
    stage.world.add(cluster)
    stage.pass(.seconds(100))
    // All was down for long; the agent was heard of before that.
    var running = stage.fixtures.deployment()
    running.state = .running
    running.attempt = 1
    running.placedCluster = cluster.id
    stage.world.write(running)
    stage.world.with { $0.agents[cluster.id] = .init(session: 1, location: nil, seenAt: .start) }
    _ = stage.startScheduler(1)
    stage.pass(.seconds(14))
    #expect(state(running.id) == .running)
    stage.pass(.seconds(4))
    #expect(state(running.id) == .queued)
  }

  @Test func `agents that nobody could write down are not lost`() {
    let cluster = stage.fixtures.cluster()
    stage.world.add(cluster)
    stage.world.with { $0.agents[cluster.id] = .init(session: 1, location: nil, seenAt: .start) }
    var running = stage.fixtures.deployment()
    running.state = .running
    running.attempt = 1
    running.placedCluster = cluster.id
    stage.world.write(running)
    _ = stage.startScheduler(1)
    stage.pass(.seconds(10))
    // The database is away for longer than an agent may be silent.
    stage.world.fail(.lostClusters, .changes)
    stage.pass(.seconds(20))
    stage.world.recover(.lostClusters, .changes)
    stage.pass(.seconds(10))
    #expect(state(running.id) == .running)
  }
}
