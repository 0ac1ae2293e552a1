import ContainerEngine
import Messages

/// Output on the server's demand.
extension AgentState {
  mutating func streamLogs(_ order: AgentCommand.StreamLogs) -> [AgentAction] {
    guard let key = logKey(of: order) else {
      return [
        .endLogs(
          requestID: order.requestID, attempt: order.attempt,
          error: "this agent has no container of that attempt")
      ]
    }
    guard !openLogs.contains(order.requestID) else { return [] }
    guard openLogs.count < AgentLimits.logStreams else {
      return [
        .endLogs(
          requestID: order.requestID, attempt: key.attempt,
          error: "too many outputs are followed at once")
      ]
    }
    let log = LogOrder(
      requestID: order.requestID, key: key,
      query: LogQuery(follow: order.follow, tailLines: Int(max(0, order.tailLines))))
    switch entries[key]?.phase {
    case .ended(let report), .retained(let report):
      guard !report.hasNoContainer else {
        return [
          .endLogs(
            requestID: order.requestID, attempt: key.attempt, error: Self.neverRan(report))
        ]
      }
      openLogs.insert(order.requestID)
      return [.openLogs(log)]
    case .waiting, .starting:
      openLogs.insert(order.requestID)
      entries[key]?.waitingLogs.append(log)
      return []
    default:
      openLogs.insert(order.requestID)
      return [.openLogs(log)]
    }
  }

  /// Attempt 0 means the newest one.
  private func logKey(of order: AgentCommand.StreamLogs) -> ContainerKey? {
    if order.attempt > 0 {
      let key = ContainerKey(deployment: order.deploymentID, attempt: order.attempt)
      return entries[key] == nil ? nil : key
    }
    return entries.keys.filter { $0.deployment == order.deploymentID }.max()
  }

  mutating func stopLogs(_ requestID: String) -> [AgentAction] {
    guard openLogs.contains(requestID) else { return [] }
    for key in entries.keys {
      guard let index = entries[key]?.waitingLogs.firstIndex(where: { $0.requestID == requestID })
      else { continue }
      entries[key]?.waitingLogs.remove(at: index)
      openLogs.remove(requestID)
      return []
    }
    return [.closeLogs(requestID: requestID)]
  }

  mutating func logsEnded(_ requestID: String) -> [AgentAction] {
    openLogs.remove(requestID)
    return []
  }

  mutating func detached() -> [AgentAction] {
    for key in entries.keys {
      for log in entries[key]?.waitingLogs ?? [] { openLogs.remove(log.requestID) }
      entries[key]?.waitingLogs = []
    }
    return openLogs.sorted().map { .closeLogs(requestID: $0) }
  }

  mutating func openWaitingLogs(of key: ContainerKey) -> [AgentAction] {
    let logs = entries[key]?.waitingLogs ?? []
    entries[key]?.waitingLogs = []
    return logs.map { .openLogs($0) }
  }

  mutating func endWaitingLogs(of key: ContainerKey, _ error: String) -> [AgentAction] {
    let logs = entries[key]?.waitingLogs ?? []
    entries[key]?.waitingLogs = []
    return logs.map { log in
      openLogs.remove(log.requestID)
      return .endLogs(requestID: log.requestID, attempt: key.attempt, error: error)
    }
  }
}
