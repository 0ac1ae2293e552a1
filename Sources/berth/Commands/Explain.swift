import ArgumentParser
import RPCClient

/// `berth explain`
struct Explain: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say why a deployment waits and what would make it fit.",
    discussion: """
      Of one that waits: its place in the queue, who is ahead, what is missing on each cluster, \
      shared ones too, whom room is kept for, which quota keeps it back, when its time is up, whose \
      place it may take, and what would make it fit. Of another one: where it is and why.
      """)
  @OptionGroup var common: CommonOptions
  @Argument(help: "Its id.") var id: String

  func run() async throws {
    let session = try await Session.open(common)
    let answer = try await DeploymentServiceClient(session.channel).explainDeployment(
      ExplainDeploymentRequest(id: id), options: session.call)
    guard common.output == .table, let deployment = answer.deployment else {
      return common.printJSON(answer)
    }
    Terminal.print(
      "\(deployment.id)  \(deployment.state.colouredName)  \(answer.summary.printable)")
    Terminal.print("asks for \(Amounts.resources(deployment.resources))" + Self.models(deployment))
    if answer.standing == .waitsForRetry, let until = deployment.notBefore {
      Terminal.print("not tried again before \(until)")
    }
    FitOutput.print(
      queue: answer.queue, fit: answer.fit, timeLimit: answer.timeLimit,
      preemption: answer.preemption)
    guard !answer.history.isEmpty else { return }
    var table = Table("TIME", "STATE", "ATTEMPT", "REASON")
    for event in answer.history {
      table.add(
        event.at?.description ?? "-", event.state.colouredName, "\(event.attempt)",
        event.reason.printable)
    }
    table.print()
  }

  private static func models(_ deployment: Deployment) -> String {
    deployment.gpuModels.isEmpty
      ? "" : ", of " + deployment.gpuModels.joined(separator: " or ").printable
  }
}
