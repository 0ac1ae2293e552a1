import Synchronization

/// The agents attached to this process, one a cluster: follows the feed for their orders and says
/// to the database that they live.
package final class AgentSessions: Sendable {
  private struct Registry {
    var sessions: [ClusterID: AgentSession] = [:]
    /// Where containers of a deployment are, as far as the sessions of this process know: changes
    /// go there also when the deployment has moved on.
    var homes: [DeploymentID: Set<ClusterID>] = [:]
  }

  private let location: @Sendable () -> AgentLocation
  let deployments: any DeploymentStore
  private let agents: any AgentStore
  private let feed: ChangeFeed
  private let broadcast: any Broadcast
  let environment: DomainEnvironment
  let configuration: AgentConfiguration
  private let subscription: ChangeSubscription
  private let registry = Mutex(Registry())
  private let counted = Mutex(AgentStatistics())

  /// - Parameter location: where the other replicas reach this one; asked at every attach, because
  ///   the port may be known only once the server listens.
  package init(
    location: @escaping @Sendable () -> AgentLocation, deployments: any DeploymentStore,
    agents: any AgentStore,
    feed: ChangeFeed, broadcast: any Broadcast, environment: DomainEnvironment,
    configuration: AgentConfiguration = AgentConfiguration()
  ) {
    self.location = location
    self.deployments = deployments
    self.agents = agents
    self.feed = feed
    self.broadcast = broadcast
    self.environment = environment
    self.configuration = configuration
    subscription = feed.subscribe(to: .everything, buffer: AgentLimits.bufferedChanges)
  }

  package var count: Int { registry.withLock { $0.sessions.count } }

  package var statistics: AgentStatistics {
    var statistics = counted.withLock { $0 }
    statistics.attached = count
    return statistics
  }

  /// Follows the feed and writes heartbeats, until its task is cancelled; then every session ends.
  package func run() async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.followFeed() }
      group.addTask { await self.beat() }
      await group.waitForAll()
    }
    for session in registry.withLock({ Array($0.sessions.values) }) {
      session.end(.unavailable("the server is going away", after: .seconds(1)))
    }
  }

  /// Begins the session of a cluster's agent; an earlier one of the cluster ends. Its orders begin
  /// with what follows from the containers that it found.
  package func attach(
    cluster: ClusterID, session id: Nonce, hello: AgentHello
  ) async throws(DomainError) -> AgentSession {
    guard hello.containers.count <= AgentLimits.containers else {
      throw .invalid([
        Violation("hello.containers", "must be at most \(AgentLimits.containers)")
      ])
    }
    do {
      try await feed.waitUntilStarted()
    } catch {
      throw .aborted("the agent's stream has ended")
    }
    try await agents.attach(
      cluster: cluster, session: id, location: location(), version: hello.version,
      engine: hello.engine, now: environment.clock.now())
    let session = AgentSession(cluster: cluster, id: id, sessions: self)
    // From here on changes of the cluster reach the session: what is loaded next misses none.
    let former = registry.withLock { $0.sessions.updateValue(session, forKey: cluster) }
    former?.end(.aborted("a newer agent of this cluster attached"))
    do throws(DomainError) {
      let holding = try await deployments.holding(cluster: cluster)
      try await session.reconcile(holding: holding, found: hello.containers)
    } catch {
      await session.detach()
      throw error
    }
    environment.log.write(
      .notice, "agent attached", ["cluster": "\(cluster)", "version": hello.version])
    // The scheduler may have passed the cluster over for want of an agent.
    changed()
    return session
  }

  /// The output of the container that a deployment has or had last.
  package func logs(
    of deployment: Deployment, follow: Bool, tail: Int
  ) async throws(AgentLogsError) -> ContainerLogs {
    guard let cluster = deployment.placedCluster, deployment.attempt > 0 else {
      throw .failed(.failedPrecondition("the deployment was not started yet"))
    }
    if let session = registry.withLock({ $0.sessions[cluster] }) {
      do throws(DomainError) {
        return try session.openLogs(of: deployment, follow: follow, tail: tail)
      } catch {
        throw .failed(error)
      }
    }
    let location: AgentLocation?
    do throws(DomainError) {
      location = try await agents.location(cluster: cluster)
    } catch {
      throw .failed(error)
    }
    guard let location else {
      throw .failed(
        .failedPrecondition("no agent is attached to the deployment's cluster: start one"))
    }
    if location.replica == self.location().replica {
      throw .failed(.unavailable("the cluster's agent is attaching again", after: .seconds(1)))
    }
    throw .elsewhere(location)
  }

  // MARK: - For sessions

  func count(_ state: AgentContainer.State, became: DeploymentState) {
    counted.withLock { $0.count(state, became: became) }
  }

  func note(_ deployment: DeploymentID, on cluster: ClusterID) {
    registry.withLock { registry in
      _ = registry.homes[deployment, default: []].insert(cluster)
    }
  }

  /// Something was written: everybody looks.
  func changed() {
    feed.kick()
    broadcast.publish(.changed)
  }

  func forget(_ session: AgentSession) async {
    let wasCurrent = registry.withLock { registry in
      guard registry.sessions[session.cluster] === session else { return false }
      registry.sessions[session.cluster] = nil
      for (deployment, clusters) in registry.homes where clusters.contains(session.cluster) {
        let rest = clusters.subtracting([session.cluster])
        registry.homes[deployment] = rest.isEmpty ? nil : rest
      }
      return true
    }
    guard wasCurrent else { return }
    environment.log.write(.notice, "agent detached", ["cluster": "\(session.cluster)"])
    guard Task.isCancelled else { return await detach(session) }
    // The store would refuse a cancelled task: in one of its own, which is awaited.
    await Task { await self.detach(session) }.value
  }

  private func detach(_ session: AgentSession) async {
    do throws(DomainError) {
      try await agents.detach(
        cluster: session.cluster, session: session.id, now: environment.clock.now())
    } catch {
      environment.log.write(
        .warning, "cannot say that an agent detached; it will be found lost",
        ["cluster": "\(session.cluster)", "error": "\(error)"])
    }
  }

  // MARK: - Running

  private func followFeed() async {
    while let delivery = await subscription.next() {
      switch delivery {
      case .changes(let changes, _):
        for change in changes { route(change.deployment) }
      case .resync: await resync()
      case .quotas: break
      }
    }
  }

  private func route(_ deployment: Deployment) {
    let concerned = registry.withLock { registry in
      var clusters = registry.homes[deployment.id] ?? []
      if let placed = deployment.placedCluster { clusters.insert(placed) }
      return clusters.compactMap { registry.sessions[$0] }
    }
    for session in concerned {
      let hasContainer = session.follow(deployment)
      registry.withLock { registry in
        if hasContainer {
          _ = registry.homes[deployment.id, default: []].insert(session.cluster)
        } else {
          registry.homes[deployment.id]?.remove(session.cluster)
          if registry.homes[deployment.id]?.isEmpty == true { registry.homes[deployment.id] = nil }
        }
      }
    }
  }

  /// Changes were dropped: compares every session with the database.
  private func resync() async {
    for session in registry.withLock({ Array($0.sessions.values) }) {
      var backoff = Backoff(configuration.storeRetry)
      while !Task.isCancelled, !session.isEnded {
        do throws(DomainError) {
          session.resync(holding: try await deployments.holding(cluster: session.cluster))
          break
        } catch {
          environment.log.write(
            .warning, "cannot compare an agent with the database; trying again",
            ["cluster": "\(session.cluster)", "error": "\(error)"])
          try? await environment.sleeper.sleep(for: backoff.next(environment.jitter))
        }
      }
    }
  }

  private func beat() async {
    while (try? await environment.sleeper.sleep(for: configuration.heartbeatInterval)) != nil {
      await writeHeartbeats()
    }
  }

  private func writeHeartbeats() async {
    let now = environment.monotonic.now()
    var alive: [(cluster: ClusterID, session: Nonce)] = []
    let sessions = registry.withLock { Array($0.sessions.values) }
    for session in sessions {
      if session.wasHeard(within: configuration.heartbeatInterval * 2, now: now) {
        alive.append((session.cluster, session.id))
      } else if !session.wasHeard(within: configuration.lostAfter, now: now) {
        session.end(
          .unavailable("nothing heard of the agent for too long", after: .seconds(1)))
      }
    }
    guard !alive.isEmpty else { return }
    do throws(DomainError) {
      let current = try await agents.heartbeat(alive, now: environment.clock.now())
      let asked = Dictionary(alive.map { ($0.cluster, $0.session) }) { first, _ in first }
      for session in sessions
      where asked[session.cluster] == session.id && !current.contains(session.cluster) {
        session.end(.aborted("a newer agent of this cluster attached elsewhere"))
      }
    } catch {
      environment.log.write(
        .warning, "cannot write that agents live; trying again",
        ["agents": "\(alive.count)", "error": "\(error)"])
    }
  }
}
