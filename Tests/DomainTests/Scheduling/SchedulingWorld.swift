import Domain
import Synchronization

/// What PostgreSQL keeps for scheduling, in memory and by manual time: terms and fence, clusters,
/// deployments with their events, agents. `before` and `after` of an operation can fail or wait.
final class SchedulingWorld: Sendable {
  enum Operation: Hashable, Sendable {
    case beginTerm, takeOver, renewTerm, endTerm, load, place, requeueLost, lostClusters
    case writeReservations, checkIn
    case expire, preempt
    case cursor, changes, apply, find, list, holding, attach, heartbeat, detach, location
  }

  struct Agent {
    var session: Nonce
    var location: AgentLocation?
    var seenAt: Instant
  }

  struct State {
    var clusters: [ClusterID: Cluster] = [:]
    var deployments: [DeploymentID: Deployment] = [:]
    /// Each with the sequence number that the feed counts by.
    var events: [DeploymentEvent] = []
    var clusterChanges: [(sequence: Int64, id: ClusterID)] = []
    var lastSequence: Int64 = 0
    /// By shard.
    var terms = [Term()]
    /// When each replica was heard.
    var replicas: [ReplicaID: Duration] = [:]
    var agents: [ClusterID: Agent] = [:]
    var calls: [Operation: Int] = [:]
    /// Calls of `place` that the fence refused.
    var fencedPlacements = 0
    var placements: [Placement] = []
    /// What the leader told of its reservations.
    var reservations: [ClusterID: KeptRoom] = [:]
  }

  struct Term {
    var epoch: Int64 = 0
    var leader: ReplicaID?
    var endsAt = Duration.zero
  }

  typealias Hook = @Sendable () async throws(DomainError) -> Void

  let time: ManualTime
  private let state = Mutex(State())
  private let hooks = Mutex<[Operation: Hook]>([:])
  private let afterHooks = Mutex<[Operation: Hook]>([:])

  init(time: ManualTime) { self.time = time }

  func with<R, E: Error>(_ body: (inout State) throws(E) -> sending R) throws(E) -> sending R {
    try state.withLock { state throws(E) in try body(&state) }
  }

  /// Runs before each call of the operation, until replaced.
  func before(_ operation: Operation, _ hook: Hook?) { hooks.withLock { $0[operation] = hook } }
  /// Runs once what the operation does was done.
  func after(_ operation: Operation, _ hook: Hook?) { afterHooks.withLock { $0[operation] = hook } }

  func fail(_ operations: Operation...) {
    for operation in operations {
      before(operation) { () async throws(DomainError) in
        throw .unavailable("the database is away", after: .seconds(1))
      }
    }
  }

  func recover(_ operations: Operation...) {
    for operation in operations { before(operation, nil) }
  }

  func calls(_ operation: Operation) -> Int { with { $0.calls[operation, default: 0] } }

  func perform<R: Sendable>(
    _ operation: Operation, _ body: @Sendable (inout State) throws(DomainError) -> R
  ) async throws(DomainError) -> R {
    with { $0.calls[operation, default: 0] += 1 }
    if let hook = hooks.withLock({ $0[operation] }) { try await hook() }
    let result = try state.withLock { state throws(DomainError) in try body(&state) }
    if let hook = afterHooks.withLock({ $0[operation] }) { try await hook() }
    return result
  }

  // MARK: - Written by tests

  func add(_ cluster: Cluster) {
    with { state in
      state.clusters[cluster.id] = cluster
      state.lastSequence += 1
      state.clusterChanges.append((state.lastSequence, cluster.id))
    }
  }

  func queue(_ deployment: Deployment) { write(deployment) }

  func write(_ deployment: Deployment) {
    let now: Instant = time.now()
    with { state in Self.record(deployment, at: now, in: &state) }
  }

  subscript(_ id: DeploymentID) -> Deployment? { with { $0.deployments[id] } }

  static func record(_ deployment: Deployment, at now: Instant, in state: inout State) {
    var deployment = deployment
    deployment.updatedAt = now
    state.deployments[deployment.id] = deployment
    state.lastSequence += 1
    state.events.append(
      DeploymentEvent(
        deployment: deployment.id, sequence: state.lastSequence, attempt: deployment.attempt,
        state: deployment.state, reason: deployment.reason, at: now))
  }

  // MARK: - Asked by tests

  /// Breaches of I1 and I3 to I5, as the database would have them.
  var violations: [String] {
    with { state in
      var found: [String] = []
      for cluster in state.clusters.values {
        let held = Self.held(on: cluster.id, in: state)
        if !held.fits(in: cluster.capacity) { found.append("I1 \(cluster.name)") }
        var devices: [Int: Int64] = [:]
        for deployment in state.deployments.values
        where deployment.placedCluster == cluster.id && deployment.state.holdsResources {
          for device in deployment.gpuDevices {
            devices[device, default: 0] += min(deployment.request.gpu.value, 1_000)
          }
        }
        if devices.values.contains(where: { $0 > 1_000 }) { found.append("I1 device") }
      }
      for deployment in state.deployments.values
      where deployment.attempt > deployment.maxAttempts {
        found.append("I4 \(deployment.id)")
      }
      return found
    }
  }

  static func held(on cluster: ClusterID, in state: State) -> Resources {
    state.deployments.values.filter { $0.placedCluster == cluster && $0.state.holdsResources }
      .reduce(.zero) { $0 + $1.request }
  }
}
