package import ContainerEngine
package import Logging
import Messages

/// Runs a cluster's containers: attaches to the server, does what it orders, tells it what happens.
///
/// The agent's knowledge is an `AgentState`; this actor feeds it and does what it says. The engine
/// is followed whether or not the server is there. Ending the agent leaves its containers running.
package actor Agent {
  let engine: any ContainerEngine
  let connector: any AgentConnector
  let folder: AgentStateFolder
  let options: AgentOptions
  let clock: any Clock<Duration>
  var logger: Logger

  var state: AgentState
  /// Raised whenever the state took something in.
  let stateChanges = ChangeSignal()
  /// What waits to be sent, while there is an attachment.
  var outbox: Outbox?
  var wasWelcome = false
  /// As the engine told it last.
  var engineVersion: EngineVersion?

  let startSlots = Slots(AgentLimits.concurrentStarts)
  let stopSlots = Slots(AgentLimits.concurrentStops)
  let inspectionSlots = Slots(AgentLimits.concurrentInspections)
  /// Every piece of work under way: at most a few for each container. `run` awaits them all.
  private var works: [UInt64: Task<Void, Never>] = [:]
  private var lastWork: UInt64 = 0
  var starts: [ContainerKey: UInt64] = [:]
  var logWorks: [String: UInt64] = [:]
  private var engineWork: Task<Void, Never>?

  package init(
    engine: any ContainerEngine, connector: any AgentConnector, folder: AgentStateFolder,
    options: AgentOptions, clock: any Clock<Duration> = ContinuousClock(), logger: Logger
  ) {
    self.engine = engine
    self.connector = connector
    self.folder = folder
    self.options = options
    self.clock = clock
    self.logger = logger
    state = AgentState(
      cluster: folder.cluster() ?? "", retainedLimit: options.retainedContainers)
  }

  /// Runs until the task is cancelled, or until the server refuses the agent before it ever
  /// accepted it (`refused`). Containers go on in either case.
  package func run() async throws(AgentError) {
    if !state.cluster.isEmpty { engineWork = followEngine() }
    let ending: Result<Void, AgentError>
    do throws(AgentError) {
      try await stayAttached()
      ending = .success(())
    } catch {
      ending = .failure(error)
    }
    engineWork?.cancel()
    await engineWork?.value
    let works = works.values
    for work in works { work.cancel() }
    for work in works { await work.value }
    try ending.get()
  }

  /// Takes one input in and begins what follows from it.
  func take(_ input: AgentInput) {
    for action in state.handle(input) { begin(action) }
    stateChanges.raise()
  }

  /// Serves another cluster than was known. What is known belongs to the old one.
  func serve(cluster: String) async throws(AgentError) {
    try folder.remember(cluster: cluster)
    engineWork?.cancel()
    await engineWork?.value
    state = AgentState(cluster: cluster, retainedLimit: options.retainedContainers)
    engineWork = followEngine()
  }

  private func begin(_ action: AgentAction) {
    switch action {
    case .start(let spec): begin(startOf: spec.key) { await self.start(spec) }
    case .resume(let record): begin(startOf: record.key) { await self.resume(record) }
    case .cancelStart(let key): starts[key].flatMap { works[$0] }?.cancel()
    case .stop(let key, let grace): work { await self.stop(key, grace: grace, removing: false) }
    case .discard(let key, let grace):
      work { await self.stop(key, grace: grace, removing: true) }
    case .inspect(let key): work { await self.inspect(key) }
    case .report(let report):
      log(report)
      outbox?.offer(report)
    case .openLogs(let order):
      let outbox = outbox
      logWorks[order.requestID] = work { await self.forwardLogs(order, to: outbox) }
    case .closeLogs(let requestID): logWorks[requestID].flatMap { works[$0] }?.cancel()
    case .endLogs(let requestID, let attempt, let error):
      outbox?.end(
        .init(requestID: requestID, end: true, error: error, attempt: attempt))
    }
  }

  private func begin(startOf key: ContainerKey, _ body: @escaping @Sendable () async -> Void) {
    starts[key] = work(body)
  }

  @discardableResult
  private func work(_ body: @escaping @Sendable () async -> Void) -> UInt64 {
    lastWork += 1
    let name = lastWork
    works[name] = Task {
      await body()
      self.finish(name)
    }
    return name
  }

  private func finish(_ name: UInt64) {
    works[name] = nil
  }

  private func log(_ report: ContainerReport) {
    logger.info(
      "container",
      metadata: [
        "deployment": "\(report.deploymentID)", "attempt": "\(report.attempt)",
        "state": "\(report.state)", "reason": "\(report.reason)", "message": "\(report.message)",
      ])
  }
}
