import ContainerEngine
package import Messages

/// What the agent knows of its containers, and what follows from what it learns. Pure: no engine,
/// no server, no time.
///
/// A container is an entry from the order to start it, or from being found. An ending stays known,
/// and is told again after every attachment, until the server has settled it by an order to stop.
/// Then the container is kept for its output, until there are too many or the deployment's next
/// attempt comes.
///
///     waiting ──> starting ──> running ─────> ended
///        │           │            │             │       each to the right on the order to stop
///        │           v            v             v
///        │     stopRequested ─> stopping ──> retained
///        v                                      │
///       gone <───────────── leaving <───────────┘
package struct AgentState: Sendable {
  enum Phase: Hashable, Sendable {
    /// Ordered; containers of earlier attempts have to go first.
    case waiting(ContainerSpec)
    /// The engine was told to start it.
    case starting
    case running
    /// It ended, or never began; the report says how.
    case ended(ContainerReport)
    /// It was ordered stopped while the engine still starts it.
    case stopRequested(grace: Duration, isLeftover: Bool)
    /// It was ordered stopped, and the engine was told.
    case stopping
    /// It is over, and the server knows. The report answers a late order to start it.
    case retained(ContainerReport)
    /// The engine was told to remove it, and nobody asks for it any more.
    case leaving(mayRun: Bool)

    /// Whether the next attempt has to wait for it.
    var mayRun: Bool {
      switch self {
      case .waiting, .starting, .running, .stopRequested, .stopping: true
      case .leaving(let mayRun): mayRun
      case .ended, .retained: false
      }
    }
  }

  struct Entry: Sendable {
    var phase: Phase
    /// Output wanted before there was a container.
    var waitingLogs: [LogOrder] = []
  }

  /// The cluster whose containers these are; empty until the server has told it.
  package let cluster: String
  private let retainedLimit: Int
  var entries: [ContainerKey: Entry] = [:]
  /// The outputs that are forwarded now or wait for their container.
  var openLogs: Set<String> = []
  /// Whether the engine has told what there is.
  package private(set) var hasSnapshot = false

  /// Those kept for their output, oldest first.
  private(set) var retained: [ContainerKey] = []

  package init(cluster: String, retainedLimit: Int = AgentLimits.retainedContainers) {
    self.cluster = cluster
    self.retainedLimit = retainedLimit
  }

  /// How many containers the server has not settled.
  package var count: Int { entries.count - retained.count }

  /// Every container, for the hello that begins an attachment.
  package var reports: [ContainerReport] {
    entries.keys.sorted().compactMap { report(on: $0) }
  }

  /// Takes one input in. Answers what to do, in order.
  package mutating func handle(_ input: AgentInput) -> [AgentAction] {
    switch input {
    case .order(let command): order(command)
    case .engine(.snapshot(let records)): snapshot(records)
    case .engine(.changed(let record)): take(record, isFresh: false)
    case .engine(.removed(let key)), .inspected(let key, nil): vanished(key)
    case .inspected(_, let record?): take(record, isFresh: true)
    case .started(let key, let result): started(key, result)
    case .stopped(let key, let exit): stopped(key, exit)
    case .logsEnded(let requestID): logsEnded(requestID)
    case .detached: detached()
    }
  }

  private mutating func snapshot(_ records: [ContainerRecord]) -> [AgentAction] {
    let isFirst = !hasSnapshot
    hasSnapshot = true
    var actions: [AgentAction] = []
    for record in records.sorted(by: { $0.key > $1.key }) {
      // A listing can be older than what was done since, so surprises are looked at again.
      if isFirst || entries[record.key] != nil {
        actions += take(record, isFresh: isFirst)
      } else {
        actions.append(.inspect(record.key))
      }
    }
    let present = Set(records.map(\.key))
    for (key, entry) in entries.sorted(by: { $0.key < $1.key })
    where !present.contains(key) {
      if entry.phase == .running { actions.append(.inspect(key)) }
      if case .retained = entry.phase { drop(key) }
    }
    return actions
  }

  /// A container as the engine has it. `isFresh` means that the engine was asked just now.
  private mutating func take(_ record: ContainerRecord, isFresh: Bool) -> [AgentAction] {
    let key = record.key
    guard let entry = entries[key] else { return adopt(record) }
    switch (entry.phase, record.phase) {
    case (.starting, .ended(let exit)):
      // What could not be started is told by the start's own answer.
      guard exit.startError == nil else { return [] }
      return running(key) + ended(key, .ended(exit, key: key))
    case (.running, .ended(let exit)):
      return ended(key, .ended(exit, key: key))
    case (.ended, .running):
      // A start that was given up for lost had come through.
      return isFresh ? [.discard(key, grace: AgentLimits.leftoverGrace)] : [.inspect(key)]
    default:
      return []
    }
  }

  /// Takes on a container that nobody ordered since the agent runs.
  private mutating func adopt(_ record: ContainerRecord) -> [AgentAction] {
    let key = record.key
    if entries.keys.contains(where: { $0.deployment == key.deployment && $0.attempt > key.attempt })
    {
      entries[key] = Entry(phase: .leaving(mayRun: true))
      return [.discard(key, grace: AgentLimits.leftoverGrace)]
    }
    let leftovers = stopLeftovers(of: key)
    switch record.phase {
    case .created:
      entries[key] = Entry(phase: .starting)
      return leftovers + [.report(.starting(key)), .resume(record)]
    case .running:
      entries[key] = Entry(phase: .starting)
      return leftovers + running(key)
    case .ended(let exit):
      entries[key] = Entry(phase: .running)
      return leftovers + ended(key, .ended(exit, key: key))
    }
  }

  private mutating func vanished(_ key: ContainerKey) -> [AgentAction] {
    switch entries[key]?.phase {
    case .running:
      return ended(
        key,
        .failed(
          key, reason: "exited", message: "the container was removed from outside",
          retryable: true))
    case .retained:
      drop(key)
      return []
    default:
      return []
    }
  }

  private mutating func started(
    _ key: ContainerKey, _ result: Result<ContainerRecord, EngineError>
  ) -> [AgentAction] {
    guard let entry = entries[key] else { return [] }
    switch (entry.phase, result) {
    case (.starting, .success(let record)):
      let actions = running(key)
      guard case .ended(let exit) = record.phase else { return actions }
      return actions + ended(key, .ended(exit, key: key))
    case (.starting, .failure(let error)):
      return ended(key, .startFailed(error, key: key))
    case (.stopRequested(let grace, let isLeftover), _):
      entries[key]?.phase = isLeftover ? .leaving(mayRun: true) : .stopping
      return [isLeftover ? .discard(key, grace: grace) : .stop(key, grace: grace)]
    default:
      return []
    }
  }

  private mutating func stopped(_ key: ContainerKey, _ exit: ContainerExit?) -> [AgentAction] {
    var actions: [AgentAction] = []
    switch entries[key]?.phase {
    case .stopping:
      let report = ContainerReport.stopped(exit, key: key)
      actions = endWaitingLogs(of: key, report.message) + [.report(report)]
      if exit == nil { drop(key) } else { actions += retain(key, report) }
    case .leaving:
      drop(key)
    default:
      return []
    }
    return actions + release(after: key)
  }

  /// Starts what waited for an earlier attempt to go.
  private mutating func release(after key: ContainerKey) -> [AgentAction] {
    let waiting = entries.keys.filter { $0.deployment == key.deployment }.max()
    guard let waiting, case .waiting(let spec) = entries[waiting]?.phase,
      !mayEarlierRun(than: waiting)
    else { return [] }
    entries[waiting]?.phase = .starting
    return [.start(spec)]
  }

  /// Keeps what is over and settled, and lets the oldest of those go.
  mutating func retain(_ key: ContainerKey, _ report: ContainerReport) -> [AgentAction] {
    entries[key]?.phase = .retained(report)
    retained.append(key)
    var actions: [AgentAction] = []
    while retained.count > retainedLimit, let oldest = retained.first {
      actions += leave(oldest, mayRun: false)
    }
    return actions
  }

  /// Has a container removed.
  mutating func leave(_ key: ContainerKey, mayRun: Bool) -> [AgentAction] {
    retained.removeAll { $0 == key }
    entries[key]?.phase = .leaving(mayRun: mayRun)
    return [.discard(key, grace: AgentLimits.leftoverGrace)]
  }

  mutating func drop(_ key: ContainerKey) {
    retained.removeAll { $0 == key }
    entries[key] = nil
  }
}
