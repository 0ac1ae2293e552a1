import ContainerEngine
import Messages
import Wire

/// The server's orders.
extension AgentState {
  mutating func order(_ command: AgentCommand.Command) -> [AgentAction] {
    switch command {
    case .welcome:
      return []
    case .start(let order):
      return start(order)
    case .stop(let order):
      let key = ContainerKey(deployment: order.deploymentID, attempt: order.attempt)
      let grace = order.grace.map { Duration($0) } ?? AgentLimits.stopGrace
      return stop(key, grace: max(grace, .zero))
    case .streamLogs(let order):
      return streamLogs(order)
    case .stopLogs(let order):
      return stopLogs(order.requestID)
    }
  }

  private mutating func start(_ order: AgentCommand.Start) -> [AgentAction] {
    let key = ContainerKey(deployment: order.deploymentID, attempt: order.attempt)
    if let present = report(on: key) { return [.report(present)] }
    // Settled here, but not there: it is not run twice, its ending is told again.
    if case .retained(let report) = entries[key]?.phase { return [.report(report)] }
    if entries[key] != nil || hasLater(than: key) { return [] }
    guard key.isWellFormed else {
      return [
        .report(
          .failed(
            key, reason: "start-failed", message: "no container can have this identifier",
            retryable: false))
      ]
    }
    guard count < AgentLimits.containers else {
      return [
        .report(
          .failed(
            key, reason: "start-failed",
            message: "the agent holds \(AgentLimits.containers) containers already",
            retryable: true))
      ]
    }
    let leftovers = stopLeftovers(of: key)
    let spec = ContainerSpec(order, key: key, cluster: cluster)
    let hasToWait = mayEarlierRun(than: key)
    entries[key] = Entry(phase: hasToWait ? .waiting(spec) : .starting)
    return leftovers + [.report(.starting(key))] + (hasToWait ? [] : [.start(spec)])
  }

  private func hasLater(than key: ContainerKey) -> Bool {
    entries.keys.contains { $0.deployment == key.deployment && $0.attempt > key.attempt }
  }
}

extension ContainerSpec {
  init(_ order: AgentCommand.Start, key: ContainerKey, cluster: String) {
    self.init(
      key: key, cluster: cluster, name: order.name, image: order.image, command: order.command,
      environment: order.env, cpuMillis: order.resources?.cpuMillis ?? 0,
      memoryBytes: order.resources?.memoryBytes ?? 0,
      gpuMillis: order.resources?.gpuMillis ?? 0, gpuDevices: order.gpuDevices,
      // What is none is not handed on.
      traceparent: TraceContext(traceparent: order.traceparent)?.traceparent)
  }
}
