import ContainerEngine
import Messages
import TestSupport
import Testing

@testable import Agent

/// What an agent says of a failed attempt, as docs/scheduling.md has it.
@Suite struct RetryReasonTests {
  private static let key = ContainerKey(deployment: "d", attempt: 1)

  /// What makes an agent report such an end.
  private static func inputs(_ reason: RetryReason) -> [AgentInput] {
    func failed(_ code: EngineError.Code) -> AgentInput {
      .started(key, .failure(EngineError(code, "so it said")))
    }
    func record(_ exit: ContainerExit) -> ContainerRecord {
      ContainerRecord(key: key, id: ContainerID("id"), phase: .ended(exit))
    }
    func ended(_ exit: ContainerExit) -> AgentInput { .engine(.changed(record(exit))) }
    return switch reason {
    case .imageNotFound: [failed(.imageNotFound)]
    case .refusedByEngine:
      [
        failed(.refused),
        .started(key, .success(record(ContainerExit(exitCode: 127, startError: "no file")))),
      ]
    case .engineAway: [failed(.unreachable), failed(.failed), failed(.malformed)]
    case .outOfMemory: [ended(ContainerExit(exitCode: 137, outOfMemory: true))]
    case .exited: [ended(ContainerExit(exitCode: 1))]
    case .removed: [.engine(.removed(key))]
    case .stopped: [.stopped(key, ContainerExit(exitCode: 143))]
    case .containerLost, .agentLost, .preempted, .queueTimeout, .startDeadline: []
    }
  }

  /// An agent whose container starts, or runs where that is what ends.
  private static func agent(_ reason: RetryReason) -> AgentState {
    var state = AgentState(cluster: "c")
    _ = state.handle(.engine(.snapshot([])))
    _ = state.handle(
      .order(.start(.init(deploymentID: key.deployment, attempt: key.attempt, image: "model"))))
    switch reason {
    case .imageNotFound, .refusedByEngine, .engineAway: return state
    default: break
    }
    _ = state.handle(
      .started(
        key, .success(ContainerRecord(key: key, id: ContainerID("id"), phase: .running))))
    if reason == .stopped {
      _ = state.handle(.order(.stop(.init(deploymentID: key.deployment, attempt: key.attempt))))
    }
    return state
  }

  @Test(arguments: RetryReason.judged(by: .agent))
  func anAgentSays(reason: RetryReason) throws {
    let inputs = Self.inputs(reason)
    #expect(!inputs.isEmpty)
    let documented = try reason.isDocumentedAsRetried()
    for input in inputs {
      var state = Self.agent(reason)
      let report = state.handle(input).compactMap { action -> ContainerReport? in
        if case .report(let report) = action { report } else { nil }
      }.last
      #expect(report?.state == .failed, "\(reason): \(input)")
      #expect(report?.retryable == documented, "\(reason): \(input)")
      #expect(reason.rawValue.hasPrefix("`\(report?.reason ?? "")`"), "\(reason): \(input)")
    }
  }
}
