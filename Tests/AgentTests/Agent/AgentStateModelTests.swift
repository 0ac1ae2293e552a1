import ContainerEngine
import Messages
import Testing

@testable import Agent

/// The state against a model of an engine and a server, in random order and with lost answers,
/// restarts and broken attachments.
@Suite struct AgentStateModelTests {
  private struct World {
    let seed: UInt64
    var generator: SplitMix
    var state = AgentState(cluster: "c", retainedLimit: 3)
    /// The engine's containers; true means running.
    var engine: [ContainerKey: Bool] = [:]
    var pending: [AgentAction] = []
    /// Endings that happened and that the server has not settled.
    var unsettled: Set<ContainerKey> = []
    var attempts: [String: Int32] = [:]

    func record(_ key: ContainerKey) -> ContainerRecord? {
      engine[key].map { isRunning in
        ContainerRecord(
          key: key, id: ContainerID("\(key)"),
          phase: isRunning ? .running : .ended(ContainerExit(exitCode: 0)))
      }
    }

    var records: [ContainerRecord] { engine.keys.compactMap(record) }

    mutating func give(_ input: AgentInput) {
      pending += state.handle(input).filter {
        if case .report = $0 { return false }
        return true
      }
    }

    /// The next attempt of a deployment, as a server orders it when it has settled the one before.
    mutating func orderStart() {
      let deployment = "d\(Int.random(in: 0..<4, using: &generator))"
      let attempt = attempts[deployment, default: 0] + 1
      attempts[deployment] = attempt
      unsettled = unsettled.filter { $0.deployment != deployment }
      give(.order(.start(.init(deploymentID: deployment, attempt: attempt, image: "i"))))
      // The order may come twice.
      if Bool.random(using: &generator) {
        give(.order(.start(.init(deploymentID: deployment, attempt: attempt, image: "i"))))
      }
    }

    mutating func orderStop() {
      guard let (deployment, attempt) = attempts.randomElement(using: &generator) else { return }
      unsettled.remove(ContainerKey(deployment: deployment, attempt: attempt))
      give(.order(.stop(.init(deploymentID: deployment, attempt: attempt))))
    }

    mutating func exit(telling: Bool) {
      guard let key = engine.filter(\.value).keys.sorted().randomElement(using: &generator)
      else { return }
      engine[key] = false
      if key.attempt == attempts[key.deployment], state.report(on: key) != nil, !isStopping(key) {
        unsettled.insert(key)
      }
      if telling, let record = record(key) { give(.engine(.changed(record))) }
    }

    func isStopping(_ key: ContainerKey) -> Bool {
      switch state.entries[key]?.phase {
      case .stopping, .stopRequested, .leaving, .retained: true
      default: false
      }
    }

    /// Does one piece of work, in any order.
    mutating func work() {
      guard let index = pending.indices.randomElement(using: &generator) else { return }
      switch pending.remove(at: index) {
      case .start(let spec):
        let others = engine.filter { $0.value && $0.key.deployment == spec.key.deployment }.keys
        #expect(others.allSatisfy { $0 == spec.key }, "two attempts at once; seed \(seed)")
        #expect(engine[spec.key] == nil, "a container was doubled; seed \(seed)")
        engine[spec.key] = true
        give(.started(spec.key, .success(record(spec.key)!)))
      case .resume(let found):
        give(.started(found.key, .success(record(found.key) ?? found)))
      case .stop(let key, _):
        let exit = engine[key].map { _ in ContainerExit(exitCode: 143) }
        if exit != nil { engine[key] = false }
        give(.stopped(key, exit))
      case .discard(let key, _):
        let exit = engine.removeValue(forKey: key).map { _ in ContainerExit(exitCode: 143) }
        give(.stopped(key, exit))
      case .inspect(let key):
        give(.inspected(key, record(key)))
      case .cancelStart, .report, .openLogs, .closeLogs, .endLogs:
        break
      }
    }

    /// The agent is killed: work under way is lost, the engine is not.
    mutating func restart() {
      pending = []
      state = AgentState(cluster: "c", retainedLimit: 3)
      give(.engine(.snapshot(records)))
      // What was ordered and never reached the engine is known to the server as missing.
      unsettled = unsettled.filter { engine[$0] != nil }
    }

    mutating func check() {
      let told = Dictionary(
        uniqueKeysWithValues: state.reports.map {
          (ContainerKey(deployment: $0.deploymentID, attempt: $0.attempt), $0.state)
        })
      for key in unsettled where !pending.contains(.inspect(key)) {
        #expect(told[key] != nil, "the ending of \(key) was lost; seed \(seed)")
      }
    }
  }

  @Test func `no container is doubled and no ending is lost, whatever the order of things`() {
    let seed = UInt64.random(in: .min ... .max)
    var world = World(seed: seed, generator: SplitMix(state: seed))
    world.give(.engine(.snapshot([])))
    for _ in 0..<20_000 {
      switch Int.random(in: 0..<100, using: &world.generator) {
      case 0..<15: world.orderStart()
      case 15..<25: world.orderStop()
      case 25..<40: world.exit(telling: true)
      case 40..<43: world.exit(telling: false)
      case 43..<50: world.give(.engine(.snapshot(world.records)))
      case 50..<52: world.restart()
      case 52..<54: world.give(.detached)
      default: world.work()
      }
      world.check()
    }
    settle(&world)
    #expect(
      Set(world.engine.keys).isSubset(of: Set(world.state.entries.keys)),
      "a container is left that nobody knows; seed \(seed)")
    for (key, isRunning) in world.engine {
      if case .retained = world.state.entries[key]?.phase {
        #expect(!isRunning, "\(key) runs on after its end was settled; seed \(seed)")
        continue
      }
      let told = world.state.report(on: key)?.state
      #expect(told == (isRunning ? .running : .completed), "\(key); seed \(seed)")
    }
    #expect(world.state.retained.count <= 3)
  }

  private func settle(_ world: inout World) {
    for _ in 0..<3 {
      world.give(.engine(.snapshot(world.records)))
      while !world.pending.isEmpty { world.work() }
    }
  }
}
