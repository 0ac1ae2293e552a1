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
    let why = report.message.isEmpty ? report.reason : report.message
    return [.report(report)] + endWaitingLogs(of: key, "the container never ran: \(why)")
  }

  func hasEarlier(than key: ContainerKey) -> Bool {
    entries.keys.contains { $0.deployment == key.deployment && $0.attempt < key.attempt }
  }

  /// Sees to it that containers of earlier attempts go.
  mutating func stopLeftovers(of key: ContainerKey) -> [AgentAction] {
    let earlier = entries.keys.filter {
      $0.deployment == key.deployment && $0.attempt < key.attempt
    }
    return earlier.sorted().flatMap {
      stop($0, grace: AgentLimits.leftoverGrace, isLeftover: true)
    }
  }

  mutating func stop(
    _ key: ContainerKey, grace: Duration, isLeftover: Bool
  ) -> [AgentAction] {
    guard let entry = entries[key] else { return [] }
    switch entry.phase {
    case .waiting:
      let actions = endWaitingLogs(of: key, "the container was stopped")
      entries[key] = nil
      return actions + (isLeftover ? [] : [.report(.stopped(nil, key: key))])
    case .starting:
      entries[key]?.phase = .stopRequested(grace: grace, isLeftover: isLeftover)
      return [.cancelStart(key)]
    case .running:
      entries[key]?.phase = .stopping(ended: nil, isLeftover: isLeftover)
      return [.stop(key, grace: grace)]
    case .ended(let report):
      entries[key]?.phase = .stopping(ended: report, isLeftover: isLeftover)
      return [.stop(key, grace: grace)]
    case .stopRequested, .stopping:
      return []
    }
  }

  /// What the server is told of a container; nothing of a leftover.
  func report(on key: ContainerKey) -> ContainerReport? {
    switch entries[key]?.phase {
    case .waiting, .starting: .starting(key)
    case .running: .running(key)
    case .ended(let report): report
    case .stopRequested(_, let isLeftover): isLeftover ? nil : .starting(key)
    case .stopping(let ended, let isLeftover): isLeftover ? nil : ended ?? .running(key)
    case nil: nil
    }
  }
}
