import ContainerEngine
import Messages
import Synchronization

/// What waits to be sent on one attachment. Reports are never held up by output.
final class Outbox: Sendable {
  private struct State {
    /// At most `AgentLimits.queuedReports`.
    var reports: [AgentMessage] = []
    var hasHeartbeat = false
    /// At most `AgentLimits.queuedLogChunks`.
    var logs: [AgentMessage] = []
    /// At most one for each output that is followed, and one for each refused.
    var logEnds: [AgentMessage] = []
    var isClosed = false

    mutating func takeAll() -> [AgentMessage] {
      var all = reports
      if hasHeartbeat { all.append(AgentMessage(message: .heartbeat(.init()))) }
      all += logs
      all += logEnds
      reports.removeAll(keepingCapacity: true)
      logs.removeAll(keepingCapacity: true)
      logEnds.removeAll(keepingCapacity: true)
      hasHeartbeat = false
      return all
    }
  }

  private let state = Mutex(State())
  private let arrivals = ChangeSignal()
  private let departures = ChangeSignal()

  /// Queues a report. A full queue closes the outbox: the attachment that follows tells everything.
  func offer(_ report: ContainerReport) {
    state.withLock { state in
      guard !state.isClosed else { return }
      if state.reports.count < AgentLimits.queuedReports {
        state.reports.append(AgentMessage(message: .report(report)))
      } else {
        state.isClosed = true
      }
    }
    arrivals.raise()
  }

  /// Queues a heartbeat, unless one waits already.
  func beat() {
    state.withLock { $0.hasHeartbeat = true }
    arrivals.raise()
  }

  /// Queues the end of an output.
  func end(_ chunk: AgentMessage.LogChunk) {
    state.withLock { state in
      guard !state.isClosed else { return }
      if state.logEnds.count < AgentLimits.queuedReports {
        state.logEnds.append(AgentMessage(message: .log(chunk)))
      } else {
        state.isClosed = true
      }
    }
    arrivals.raise()
  }

  /// Queues a piece of output, waiting for room. False when the attachment is over, or the task
  /// cancelled.
  func send(_ chunk: AgentMessage.LogChunk) async -> Bool {
    while !Task.isCancelled {
      let generation = departures.generation
      let sent: Bool? = state.withLock { state in
        if state.isClosed { return false }
        guard state.logs.count < AgentLimits.queuedLogChunks else { return nil }
        state.logs.append(AgentMessage(message: .log(chunk)))
        return true
      }
      if let sent {
        if sent { arrivals.raise() }
        return sent
      }
      await departures.wait(after: generation)
    }
    return false
  }

  /// Everything that waits, once there is something; nil when the outbox is closed or the task
  /// cancelled. For one task at a time.
  func next() async -> [AgentMessage]? {
    while !Task.isCancelled {
      let generation = arrivals.generation
      let batch: [AgentMessage]? = state.withLock { $0.isClosed ? nil : $0.takeAll() }
      guard let batch else { return nil }
      if !batch.isEmpty {
        departures.raise()
        return batch
      }
      await arrivals.wait(after: generation)
    }
    return nil
  }

  func close() {
    state.withLock { $0.isClosed = true }
    arrivals.raise()
    departures.raise()
  }
}
