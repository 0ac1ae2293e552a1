import ContainerEngine
import Messages

/// The steps that several inputs share.
extension AgentState {
  mutating func running(_ key: ContainerKey) -> [AgentAction] {
    entries[key]?.phase = .running
    return [.report(.running(key))] + openWaitingLogs(of: key)
  }

  mutating func ended(_ key: ContainerKey, _ report: ContainerReport) -> [AgentAction] {
    entries[key]?.phase = .ended(report)
    return [.report(report)] + endWaitingLogs(of: key, Self.neverRan(report))
  }

  static func neverRan(_ report: ContainerReport) -> String {
    "the container never ran: \(report.message.isEmpty ? report.reason : report.message)"
  }

  func mayEarlierRun(than key: ContainerKey) -> Bool {
    entries.contains {
      $0.key.deployment == key.deployment && $0.key.attempt < key.attempt && $0.value.phase.mayRun
    }
  }

  /// Sees to it that containers of earlier attempts go.
  mutating func stopLeftovers(of key: ContainerKey) -> [AgentAction] {
    let earlier = entries.keys.filter {
      $0.deployment == key.deployment && $0.attempt < key.attempt
    }
    return earlier.sorted().flatMap { stopLeftover($0) }
  }

  private mutating func stopLeftover(_ key: ContainerKey) -> [AgentAction] {
    switch entries[key]?.phase {
    case .waiting:
      let actions = endWaitingLogs(of: key, "another attempt took its place")
      drop(key)
      return actions
    case .starting:
      entries[key]?.phase = .stopRequested(
        grace: AgentLimits.leftoverGrace, isLeftover: true)
      return [.cancelStart(key)]
    case .running: return leave(key, mayRun: true)
    case .ended, .retained: return leave(key, mayRun: false)
    case .stopRequested, .stopping, .leaving, nil: return []
    }
  }

  /// The server's order to stop.
  mutating func stop(_ key: ContainerKey, grace: Duration) -> [AgentAction] {
    switch entries[key]?.phase {
    case .waiting:
      let actions = endWaitingLogs(of: key, "the container was stopped")
      drop(key)
      return actions + [.report(.stopped(nil, key: key))]
    case .starting:
      entries[key]?.phase = .stopRequested(grace: grace, isLeftover: false)
      return [.cancelStart(key)]
    case .running:
      entries[key]?.phase = .stopping
      return [.stop(key, grace: grace)]
    case .ended(let report):
      return retain(key, report)
    case .stopRequested, .stopping, .retained, .leaving, nil:
      return []
    }
  }

  /// What the server is told of a container; nothing of what it has settled.
  func report(on key: ContainerKey) -> ContainerReport? {
    switch entries[key]?.phase {
    case .waiting, .starting, .stopRequested(_, isLeftover: false): .starting(key)
    case .running, .stopping: .running(key)
    case .ended(let report): report
    case .stopRequested, .retained, .leaving, nil: nil
    }
  }
}
