import Domain
import Synchronization

/// An agent on the stage: takes orders as they come.
final class StagedAgent: Sendable {
  private struct State {
    var orders: [AgentOrder] = []
    var isOver = false
    var error: DomainError?
  }

  let session: AgentSession
  private let state = Mutex(State())

  init(_ session: AgentSession) { self.session = session }

  var isOver: Bool { state.withLock { $0.isOver } }
  var error: DomainError? { state.withLock { $0.error } }

  /// What came since this was asked last.
  func takeOrders() -> [AgentOrder] {
    state.withLock { state in
      defer { state.orders = [] }
      return state.orders
    }
  }

  func readOrders() async {
    var iterator = session.orders.makeAsyncIterator()
    do throws(DomainError) {
      while let order = try await iterator.next() { state.withLock { $0.orders.append(order) } }
    } catch {
      state.withLock { $0.error = error }
    }
    state.withLock { $0.isOver = true }
  }
}

/// The sessions of one replica on the stage.
struct AgentStage {
  let stage = SchedulingStage()
  let sessions: AgentSessions
  let feed: ChangeFeed
  let cluster: Cluster
  static let location = AgentLocation(replica: ReplicaID(1), address: "one:7400")

  init(_ configure: (inout AgentConfiguration) -> Void = { _ in }) {
    var configuration = AgentConfiguration()
    configure(&configuration)
    let feed = stage.makeFeed()
    let sessions = AgentSessions(
      location: { Self.location }, deployments: stage.world, agents: stage.world, feed: feed,
      broadcast: stage.broadcast, environment: stage.environment(), configuration: configuration)
    stage.spawn { await sessions.run() }
    self.feed = feed
    self.sessions = sessions
    cluster = stage.fixtures.cluster()
    stage.world.add(cluster)
    stage.settle()
  }

  var world: SchedulingWorld { stage.world }

  /// An agent that attached and reads its orders.
  func attach(
    _ id: Nonce = 1, found: [AgentContainer] = []
  ) async throws(DomainError) -> StagedAgent {
    let (sessions, cluster) = (sessions, cluster.id)
    let result = await stage.call { () async -> Result<AgentSession, DomainError> in
      do throws(DomainError) {
        return .success(
          try await sessions.attach(
            cluster: cluster, session: id,
            hello: AgentHello(version: "1", engine: "simulated", containers: found)))
      } catch {
        return .failure(error)
      }
    }
    let agent = StagedAgent(try result.get())
    stage.spawn { await agent.readOrders() }
    stage.settle()
    return agent
  }

  /// A deployment placed on the cluster, told by the feed.
  func place(_ state: DeploymentState = .scheduled, attempt: Int = 1) -> Deployment {
    var deployment = stage.fixtures.deployment()
    deployment.state = state
    deployment.attempt = attempt
    deployment.placedCluster = cluster.id
    write(deployment)
    return deployment
  }

  func write(_ deployment: Deployment) {
    world.write(deployment)
    look()
  }

  func look() {
    feed.kick()
    stage.settle()
  }

  /// The agent says something of a container; the error, if it was not taken.
  func report(
    _ agent: StagedAgent, _ deployment: Deployment, _ state: AgentContainer.State,
    attempt: Int? = nil, isRetryable: Bool = false
  ) async -> DomainError? {
    let container = AgentContainer(
      deployment: deployment.id, attempt: attempt ?? deployment.attempt, state: state,
      reason: "exited", exitCode: state == .completed ? 0 : 3, isRetryable: isRetryable)
    return await stage.call { () async -> DomainError? in
      do throws(DomainError) {
        try await agent.session.report(container)
        return nil
      } catch {
        return error
      }
    }
  }
}
