import ContainerEngine
import Messages
import Testing

@testable import Agent

@Suite struct AgentStateTests {
  private let one = ContainerKey(deployment: "d", attempt: 1)
  private let two = ContainerKey(deployment: "d", attempt: 2)

  private func start(_ key: ContainerKey) -> AgentInput {
    .order(.start(.init(deploymentID: key.deployment, attempt: key.attempt, image: "model")))
  }

  private func stop(_ key: ContainerKey) -> AgentInput {
    .order(.stop(.init(deploymentID: key.deployment, attempt: key.attempt)))
  }

  private func spec(_ key: ContainerKey) -> ContainerSpec {
    ContainerSpec(key: key, cluster: "c", image: "model")
  }

  private func record(
    _ key: ContainerKey, _ phase: ContainerRecord.Phase = .running
  ) -> ContainerRecord {
    ContainerRecord(key: key, id: ContainerID("id-\(key)"), phase: phase)
  }

  private func exited(_ key: ContainerKey, _ code: Int32) -> ContainerRecord {
    record(key, .ended(ContainerExit(exitCode: code)))
  }

  /// A state that has seen an empty engine.
  private func ready() -> AgentState {
    var state = AgentState(cluster: "c")
    _ = state.handle(.engine(.snapshot([])))
    return state
  }

  private func running(_ key: ContainerKey) -> AgentState {
    var state = ready()
    _ = state.handle(start(key))
    _ = state.handle(.started(key, .success(record(key))))
    return state
  }

  @Test
  func `a container is told starting, running and completed, and forgotten on the order to stop`() {
    var state = ready()
    #expect(state.handle(start(one)) == [.report(.starting(one)), .start(spec(one))])
    #expect(state.handle(.started(one, .success(record(one)))) == [.report(.running(one))])
    let completed = ContainerReport(
      deploymentID: "d", attempt: 1, state: .completed, reason: "exited", exitCode: 0)
    #expect(state.handle(.engine(.changed(exited(one, 0)))) == [.report(completed)])
    #expect(state.reports == [completed])
    #expect(state.handle(stop(one)) == [])
    #expect(state.count == 0)
    #expect(state.reports == [], "settled")
    #expect(state.handle(start(one)) == [.report(completed)], "not run twice")
  }

  @Test func `what is settled is kept for its output, the newest so many, until the next attempt`()
  {
    var state = AgentState(cluster: "c", retainedLimit: 2)
    _ = state.handle(.engine(.snapshot([])))
    let keys = (1...3).map { ContainerKey(deployment: "d\($0)", attempt: 1) }
    var actions: [AgentAction] = []
    for key in keys {
      _ = state.handle(start(key))
      _ = state.handle(.started(key, .success(record(key))))
      _ = state.handle(.engine(.changed(exited(key, 0))))
      actions += state.handle(stop(key))
    }
    #expect(actions == [.discard(keys[0], grace: AgentLimits.leftoverGrace)])
    #expect(state.handle(.stopped(keys[0], nil)) == [])
    let log = AgentInput.order(.streamLogs(.init(requestID: "r", deploymentID: "d2", attempt: 1)))
    #expect(
      state.handle(log) == [.openLogs(LogOrder(requestID: "r", key: keys[1], query: LogQuery()))])
    let next = ContainerKey(deployment: "d2", attempt: 2)
    #expect(
      state.handle(start(next)) == [
        .discard(keys[1], grace: AgentLimits.leftoverGrace), .report(.starting(next)),
        .start(spec(next)),
      ])
    #expect(state.handle(.engine(.removed(keys[2]))) == [])
    #expect(state.entries[keys[2]] == nil)
  }

  @Test func `the order's resources, command and devices reach the engine`() {
    var state = ready()
    let order = AgentCommand.Start(
      deploymentID: "d", attempt: 1, image: "model", command: ["serve"], env: ["A": "b"],
      resources: Resources(cpuMillis: 500, memoryBytes: 1 << 20, gpuMillis: 1000),
      gpuDevices: [2], name: "n")
    let expected = ContainerSpec(
      key: one, cluster: "c", name: "n", image: "model", command: ["serve"],
      environment: ["A": "b"], cpuMillis: 500, memoryBytes: 1 << 20, gpuMillis: 1000,
      gpuDevices: [2])
    #expect(state.handle(.order(.start(order))).last == .start(expected))
  }

  @Test func `an order to start what runs already is answered, not done`() {
    var state = running(one)
    #expect(state.handle(start(one)) == [.report(.running(one))])
    #expect(state.count == 1)
  }

  @Test func `an order to stop what is unknown is fine`() {
    var state = ready()
    #expect(state.handle(stop(one)) == [])
  }

  @Test func `an earlier attempt is gone before the next one starts`() {
    var state = running(one)
    #expect(
      state.handle(start(two)) == [
        .discard(one, grace: AgentLimits.leftoverGrace), .report(.starting(two)),
      ])
    #expect(state.handle(start(one)) == [], "an order that came late")
    #expect(state.handle(.stopped(one, nil)) == [.start(spec(two))])
    #expect(state.reports == [.starting(two)])
  }

  @Test func `an ending that overtakes the start's answer is told once, after running`() {
    var state = ready()
    _ = state.handle(start(one))
    let actions = state.handle(.engine(.changed(exited(one, 2))))
    #expect(actions.count == 2)
    #expect(actions.first == .report(.running(one)))
    guard case .report(let report) = actions.last else {
      Issue.record("no report")
      return
    }
    #expect(report.state == .failed && report.exitCode == 2 && report.retryable)
    #expect(state.handle(.started(one, .success(record(one)))) == [])
    #expect(state.reports == [report])
  }

  @Test(arguments: [
    (EngineError(.imageNotFound, "no"), "image-not-found", false),
    (EngineError(.refused, "no"), "start-failed", false),
    (EngineError(.failed, "no"), "start-failed", true),
    (EngineError(.unreachable, "no"), "start-failed", true),
  ])
  func `a failed start says why and whether to try again`(
    error: EngineError, reason: String, retryable: Bool
  ) {
    var state = ready()
    _ = state.handle(start(one))
    guard case .report(let report) = state.handle(.started(one, .failure(error))).first else {
      Issue.record("no report")
      return
    }
    #expect(report.state == .failed)
    #expect(report.reason == reason)
    #expect(report.retryable == retryable)
    #expect(report.message == "no")
    #expect(state.reports == [report], "kept until the server settles it")
  }

  @Test func `out of memory and refused commands have their own reasons`() {
    let memory = ContainerReport.ended(
      ContainerExit(exitCode: 137, outOfMemory: true), key: one)
    #expect(memory.reason == "out-of-memory" && memory.exitCode == 137)
    let refused = ContainerReport.ended(
      ContainerExit(exitCode: 127, startError: "no such file\0x"), key: one)
    #expect(refused.reason == "start-failed" && !refused.retryable)
    #expect(refused.message == "no such file x", "what is sent has no NUL")
  }

  @Test func `a restarted agent takes on what it finds and tells it in its hello`() {
    var state = AgentState(cluster: "c")
    let other = ContainerKey(deployment: "e", attempt: 4)
    let created = ContainerKey(deployment: "f", attempt: 1)
    let actions = state.handle(
      .engine(
        .snapshot([exited(one, 1), record(two), exited(other, 0), record(created, .created)])))
    #expect(actions.contains(.discard(one, grace: AgentLimits.leftoverGrace)))
    #expect(actions.contains(.resume(record(created, .created))))
    #expect(
      state.reports.map { "\($0.deploymentID)\($0.attempt) \($0.state)" } == [
        "d2 \(DeploymentState.running)", "e4 \(DeploymentState.completed)",
        "f1 \(DeploymentState.starting)",
      ])
  }

  @Test func `a container that someone else removed has failed, once the engine confirms it`() {
    var state = running(one)
    #expect(state.handle(.engine(.snapshot([]))) == [.inspect(one)])
    #expect(state.handle(.inspected(one, record(one))) == [])
    guard case .report(let report) = state.handle(.inspected(one, nil)).first else {
      Issue.record("no report")
      return
    }
    #expect(report.state == .failed && report.retryable)
  }

  @Test func `an old listing brings nothing back to life`() {
    var state = running(one)
    _ = state.handle(stop(one))
    _ = state.handle(.stopped(one, nil))
    #expect(state.handle(.engine(.snapshot([record(one)]))) == [.inspect(one)])
    #expect(state.handle(.inspected(one, nil)) == [])
    #expect(state.count == 0)
  }

  @Test func `a start given up for lost that came through is removed, and its failure kept`() {
    var state = ready()
    _ = state.handle(start(one))
    _ = state.handle(.started(one, .failure(EngineError(.unreachable, "gone"))))
    #expect(state.handle(.engine(.snapshot([record(one)]))) == [.inspect(one)])
    #expect(
      state.handle(.inspected(one, record(one))) == [
        .discard(one, grace: AgentLimits.leftoverGrace)
      ])
    #expect(state.handle(.stopped(one, nil)) == [])
    #expect(state.reports.map(\.state) == [.failed])
  }

  @Test func `a stop while starting gives the start up and stops what came of it`() {
    var state = ready()
    _ = state.handle(start(one))
    #expect(state.handle(stop(one)) == [.cancelStart(one)])
    #expect(state.handle(stop(one)) == [])
    #expect(
      state.handle(.started(one, .success(record(one)))) == [
        .stop(one, grace: AgentLimits.stopGrace)
      ])
    guard case .report(let report) = state.handle(.stopped(one, nil)).first else {
      Issue.record("no report")
      return
    }
    #expect(report.reason == "stopped" && state.count == 0)
  }

  @Test func `output of a container that starts waits for it`() {
    var state = ready()
    _ = state.handle(start(one))
    let order = AgentInput.order(
      .streamLogs(.init(requestID: "r", deploymentID: "d", attempt: 0, follow: true, tailLines: 7)))
    #expect(state.handle(order) == [])
    let expected = LogOrder(
      requestID: "r", key: one, query: LogQuery(follow: true, tailLines: 7))
    #expect(
      state.handle(.started(one, .success(record(one)))) == [
        .report(.running(one)), .openLogs(expected),
      ])
    #expect(
      state.handle(.order(.stopLogs(.init(requestID: "r")))) == [.closeLogs(requestID: "r")])
    #expect(state.handle(.logsEnded(requestID: "r")) == [])
    #expect(state.handle(.order(.stopLogs(.init(requestID: "r")))) == [])
  }

  @Test func `output of what is not there, or never ran, ends with a reason`() {
    var state = ready()
    let order = AgentInput.order(.streamLogs(.init(requestID: "r", deploymentID: "d", attempt: 1)))
    guard case .endLogs("r", 1, let error) = state.handle(order).first else {
      Issue.record("no end")
      return
    }
    #expect(!error.isEmpty)
    _ = state.handle(start(one))
    _ = state.handle(order)
    let actions = state.handle(.started(one, .failure(EngineError(.refused, "bad"))))
    let end = AgentAction.endLogs(
      requestID: "r", attempt: 1, error: "the container never ran: bad")
    #expect(actions.last == end)
    #expect(state.handle(order) == [end], "asked later")
  }

  @Test func `at most so many outputs are followed, and a detachment ends them`() {
    var state = running(one)
    for index in 0...AgentLimits.logStreams {
      let actions = state.handle(
        .order(.streamLogs(.init(requestID: "r\(index)", deploymentID: "d", attempt: 1))))
      if case .openLogs = actions.first {
        #expect(index < AgentLimits.logStreams)
      } else {
        #expect(index == AgentLimits.logStreams)
      }
    }
    #expect(state.handle(.detached).count == AgentLimits.logStreams)
  }

  @Test func `more containers than allowed are refused, and may be tried elsewhere`() {
    var state = ready()
    for index in 0..<AgentLimits.containers {
      _ = state.handle(start(ContainerKey(deployment: "d\(index)", attempt: 1)))
    }
    guard case .report(let report) = state.handle(start(one)).first else {
      Issue.record("no report")
      return
    }
    #expect(report.state == .failed && report.retryable)
    #expect(state.count == AgentLimits.containers)
  }

  @Test func `an identifier that names no container is refused for good`() {
    var state = ready()
    let bad = ContainerKey(deployment: "../x", attempt: 1)
    guard case .report(let report) = state.handle(start(bad)).first else {
      Issue.record("no report")
      return
    }
    #expect(report.state == .failed && !report.retryable)
  }
}
