import Synchronization

/// One attached agent. The stream's handler sends `orders` and passes on what it reads, in order;
/// when the stream is over it calls `detach`.
package final class AgentSession: Sendable {
  private enum Phase {
    /// Compares what the agent has with what it should have; changes wait. To `live`, `ended`.
    case reconciling(changes: [Deployment])
    /// To `ended`.
    case live
    case ended
  }

  private struct State {
    var phase = Phase.reconciling(changes: [])
    /// The attempts that the agent runs or was told to start.
    var containers: [DeploymentID: Int] = [:]
    var lastHeard: ContinuousClock.Instant
    /// Messages being handled: while there are any the agent counts as heard.
    var handling = 0
    var readers: [LogRequestID: LogBuffer] = [:]
    var lastRequest: UInt64 = 0
  }

  package let cluster: ClusterID
  package let id: Nonce
  package let orders = AgentOrders()
  private let sessions: AgentSessions
  private let following: AgentFollowing
  private let state: Mutex<State>

  init(cluster: ClusterID, id: Nonce, sessions: AgentSessions) {
    self.cluster = cluster
    self.id = id
    self.sessions = sessions
    following = AgentFollowing(
      cluster: cluster, stopGrace: sessions.configuration.stopGrace)
    state = Mutex(State(lastHeard: sessions.environment.monotonic.now()))
  }

  package var isEnded: Bool {
    state.withLock { state in
      if case .ended = state.phase { true } else { false }
    }
  }

  /// The agent lives.
  package func heard() {
    let now = sessions.environment.monotonic.now()
    state.withLock { $0.lastHeard = now }
  }

  /// Ends the session and says that the agent is gone, unless a newer one is there.
  package func detach() async {
    end(nil)
    await sessions.forget(self)
  }

  func wasHeard(within limit: Duration, now: ContinuousClock.Instant) -> Bool {
    state.withLock { $0.handling > 0 || now - $0.lastHeard <= limit }
  }

  /// No order and no log comes any more. The first end counts.
  func end(_ error: DomainError?) {
    let readers = state.withLock { state in
      state.phase = .ended
      state.containers = [:]
      defer { state.readers = [:] }
      return Array(state.readers.values)
    }
    orders.finish(error)
    for reader in readers { reader.finish(.unavailable("the agent went away", after: .seconds(1))) }
  }

  // MARK: - Orders

  /// Brings agent and database together. `found` nil: compare with what the agent was told instead,
  /// after changes were missed.
  func reconcile(holding: [Deployment], found: [AgentContainer]) async throws(DomainError) {
    let result = AgentReconciliation(
      holding: holding, found: found, stopGrace: sessions.configuration.stopGrace)
    var added = result.containers
    let orders = state.withLock { state in
      guard case .reconciling(let changes) = state.phase else { return [AgentOrder]() }
      state.containers = result.containers
      state.phase = .live
      // What changed meanwhile.
      var orders = result.orders
      for deployment in changes { orders += following.orders(for: deployment, &state.containers) }
      added.merge(state.containers) { _, new in new }
      return orders
    }
    for deployment in added.keys { sessions.note(deployment, on: cluster) }
    send(orders)
    for container in result.reports { try await report(container) }
  }

  /// Compares what the agent was told with what holds, after changes were missed.
  func resync(holding: [Deployment]) {
    let current = Dictionary(holding.map { ($0.id, $0) }) { first, _ in first }
    let (orders, started) = state.withLock { state in
      guard case .live = state.phase else { return ([AgentOrder](), [DeploymentID]()) }
      var orders: [AgentOrder] = []
      var started: [DeploymentID] = []
      for (deployment, attempt) in state.containers where current[deployment] == nil {
        state.containers[deployment] = nil
        orders.append(.stop(deployment, attempt: attempt, grace: following.stopGrace))
      }
      for deployment in holding {
        orders += following.orders(for: deployment, &state.containers)
        if state.containers[deployment.id] != nil { started.append(deployment.id) }
      }
      return (orders, started)
    }
    for deployment in started { sessions.note(deployment, on: cluster) }
    send(orders)
  }

  /// Orders what follows from a change. Whether the agent has a container of it afterwards.
  func follow(_ deployment: Deployment) -> Bool {
    let (orders, hasContainer) = state.withLock { state in
      switch state.phase {
      case .reconciling(var changes):
        changes.append(deployment)
        state.phase = .reconciling(changes: changes)
        return ([AgentOrder](), true)
      case .live:
        let orders = following.orders(for: deployment, &state.containers)
        return (orders, state.containers[deployment.id] != nil)
      case .ended: return ([], false)
      }
    }
    send(orders)
    return hasContainer
  }

  private func send(_ new: [AgentOrder]) {
    guard !new.isEmpty else { return }
    if !orders.put(new) {
      end(.resourceExhausted("the agent does not read its orders"))
    }
  }

  /// The container may go: its end is known, or it should not be.
  private func release(_ deployment: DeploymentID, attempt: Int, grace: Duration) {
    state.withLock { state in
      if state.containers[deployment] == attempt { state.containers[deployment] = nil }
    }
    send([.stop(deployment, attempt: attempt, grace: grace)])
  }

  // MARK: - Reports

  /// Takes what the agent says of a container. Returns when it is kept, or known to be out of date
  /// (then the agent is told to stop it). While the database is away it waits and tries again.
  /// Throws `.aborted` once the session has ended.
  package func report(_ container: AgentContainer) async throws(DomainError) {
    beginHandling()
    defer { endHandling() }
    let report = agentReport(container)
    let applied = try await persistently { () async throws(DomainError) in
      try await self.sessions.deployments.apply(
        report, cluster: self.cluster, now: self.sessions.environment.clock.now())
    }
    if let applied {
      sessions.count(container.state, became: applied.state)
      sessions.changed()
      if container.isFinal {
        release(container.deployment, attempt: container.attempt, grace: .zero)
      }
      return
    }
    let current = try await persistently { () async throws(DomainError) in
      try await self.sessions.deployments.deployment(container.deployment, in: .all)
    }
    let isCurrent =
      current.map {
        $0.state.holdsResources && $0.placedCluster == self.cluster
          && $0.attempt == container.attempt
      } ?? false
    // The same said twice, or news overtaken by others of the same attempt.
    if isCurrent { return }
    release(
      container.deployment, attempt: container.attempt,
      grace: container.isFinal ? .zero : sessions.configuration.stopGrace)
  }

  private func agentReport(_ container: AgentContainer) -> AgentReport {
    let outcome: AgentReport.Outcome
    switch container.state {
    case .starting: outcome = .starting
    case .running: outcome = .running
    case .completed: outcome = .completed(exitCode: container.exitCode ?? 0)
    case .failed:
      let delay = sessions.configuration.retry.delay(
        failures: max(container.attempt, 1), fraction: sessions.environment.jitter.fraction())
      outcome = .failed(
        exitCode: container.exitCode,
        retryAt: container.isRetryable ? sessions.environment.clock.now() + delay : nil)
    }
    let words = [container.reason, container.message].filter { !$0.isEmpty }
    return AgentReport(
      deployment: container.deployment, attempt: container.attempt, outcome: outcome,
      reason: String(words.joined(separator: ": ").prefix(AgentLimits.reasonCharacters)))
  }

  /// Until the database answers or the session ends. `body` calls the store only.
  private func persistently<Value: Sendable>(
    _ body: () async throws(DomainError) -> Value
  ) async throws(DomainError) -> Value {
    var backoff = Backoff(sessions.configuration.storeRetry)
    while true {
      if isEnded { throw .aborted("the agent's session has ended") }
      do throws(DomainError) {
        return try await body()
      } catch {
        switch error {
        // A lost race too comes right by itself; told to the agent, it would keep it away.
        case .unavailable, .aborted: break
        default: throw error
        }
        sessions.environment.log.write(
          .warning, "cannot keep an agent's report; trying again",
          ["cluster": "\(cluster)", "error": "\(error)"])
      }
      do {
        try await sessions.environment.sleeper.sleep(
          for: backoff.next(sessions.environment.jitter))
      } catch {
        throw .aborted("the agent's stream has ended")
      }
    }
  }

  private func beginHandling() {
    let now = sessions.environment.monotonic.now()
    state.withLock { state in
      state.handling += 1
      state.lastHeard = now
    }
  }

  private func endHandling() {
    let now = sessions.environment.monotonic.now()
    state.withLock { state in
      state.handling -= 1
      state.lastHeard = now
    }
  }

  // MARK: - Logs

  func openLogs(
    of deployment: Deployment, follow: Bool, tail: Int
  ) throws(DomainError) -> ContainerLogs {
    let buffer = LogBuffer()
    let opened: Result<LogRequestID, DomainError> = state.withLock { state in
      if case .ended = state.phase {
        return .failure(.unavailable("the agent went away", after: .seconds(1)))
      }
      guard state.readers.count < AgentLimits.logReaders else {
        return .failure(.resourceExhausted("too many read logs of this cluster"))
      }
      state.lastRequest += 1
      let request = LogRequestID(state.lastRequest)
      state.readers[request] = buffer
      return .success(request)
    }
    let request = try opened.get()
    send([
      .streamLogs(
        request, deployment.id, attempt: deployment.attempt, follow: follow, tail: tail)
    ])
    return ContainerLogs(buffer: buffer) { [weak self] in self?.closeLogs(request) }
  }

  /// Passes a piece of output to who asked for it. Waits while that reader is slow, for a bounded
  /// time.
  package func log(_ chunk: AgentLogChunk) async {
    beginHandling()
    defer { endHandling() }
    guard let reader = state.withLock({ $0.readers[chunk.request] }) else { return }
    if !chunk.chunk.data.isEmpty {
      let isTaken = await reader.put(
        chunk.chunk, patience: sessions.configuration.logPatience,
        sleeper: sessions.environment.sleeper)
      if !isTaken {
        closeLogs(chunk.request)
        return
      }
    }
    guard chunk.isEnd else { return }
    _ = state.withLock { $0.readers.removeValue(forKey: chunk.request) }
    reader.finish(chunk.error.isEmpty ? nil : .failedPrecondition(chunk.error))
  }

  private func closeLogs(_ request: LogRequestID) {
    guard state.withLock({ $0.readers.removeValue(forKey: request) }) != nil else { return }
    send([.stopLogs(request)])
  }
}
