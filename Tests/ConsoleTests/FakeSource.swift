import Console
import Messages
import Synchronization
import TestSupport
import Wire

/// An organization that a test moves.
final class FakeSource: LiveSource {
  private struct State {
    var failure: RPCStatus?
    var current: [Deployment] = []
    var newest: [Deployment] = []
    var clusters: [Cluster] = []
    var watchers: [Int: AsyncStream<Deployment>.Continuation] = [:]
    var watches = 0
  }

  private let state = Mutex(State())

  /// How often it was begun to be followed.
  var watches: Int { state.withLock { $0.watches } }
  var isFollowed: Bool { state.withLock { !$0.watchers.isEmpty } }

  /// What there is now, without telling anybody.
  func put(current: [Deployment] = [], newest: [Deployment] = [], clusters: [Cluster] = []) {
    state.withLock { state in
      state.current = current
      state.newest = newest
      state.clusters = clusters
    }
  }

  /// Tells everybody who follows.
  func tell(_ deployment: Deployment) {
    for watcher in state.withLock({ Array($0.watchers.values) }) { watcher.yield(deployment) }
  }

  /// Every call fails so from now on, and who follows is cut off. Nil: they go well again.
  func fail(_ failure: RPCStatus?) {
    let watchers = state.withLock { state in
      state.failure = failure
      defer { state.watchers = [:] }
      return Array(state.watchers.values)
    }
    for watcher in watchers { watcher.finish() }
  }

  // MARK: LiveSource

  func follow(_ body: @Sendable (Deployment) -> Void) async throws(RPCStatus) {
    let (changes, watcher) = AsyncStream<Deployment>.makeStream()
    try check()
    let (current, number) = state.withLock { state in
      state.watches += 1
      state.watchers[state.watches] = watcher
      return (state.current, state.watches)
    }
    for deployment in current { body(deployment) }
    for await deployment in changes { body(deployment) }
    _ = state.withLock { $0.watchers.removeValue(forKey: number) }
    try check()
  }

  func newestDeployments() async throws(RPCStatus) -> [Deployment] {
    try check()
    return state.withLock { $0.newest }
  }

  func deployment(_ id: String) async throws(RPCStatus) -> Deployment? {
    try check()
    return state.withLock { $0.newest.first { $0.id == id } }
  }

  func clusters() async throws(RPCStatus) -> [Cluster] {
    try check()
    return state.withLock { $0.clusters }
  }

  func quota() async throws(RPCStatus) -> OrganizationQuota? {
    try check()
    return nil
  }

  private func check() throws(RPCStatus) {
    if let failure = state.withLock({ $0.failure }) { throw failure }
  }
}

extension Deployment {
  static func fake(
    _ id: String, _ state: DeploymentState = .queued, at microseconds: Int64 = 0
  ) -> Deployment {
    var deployment = Deployment()
    deployment.id = id
    deployment.name = id
    deployment.state = state
    deployment.updatedAt = Timestamp(microseconds: microseconds)
    return deployment
  }
}

extension Cluster {
  static func fake(_ id: String, allocated: Int64 = 0) -> Cluster {
    var cluster = Cluster()
    cluster.id = id
    cluster.capacity = Resources(cpuMillis: 1_000, memoryBytes: 1 << 30, gpuMillis: 0)
    cluster.allocated = Resources(cpuMillis: allocated, memoryBytes: 0, gpuMillis: 0)
    return cluster
  }
}
