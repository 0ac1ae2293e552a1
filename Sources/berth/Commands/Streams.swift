import ArgumentParser
import RPCClient

/// `berth logs`
struct Logs: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print what a deployment's container wrote.")
  @OptionGroup var common: CommonOptions
  @Argument(help: "The deployment's id.") var id: String
  @Flag(name: .shortAndLong, help: "Go on until the container ends.") var follow = false
  @Option(help: "Only the last so many lines.") var tail: Int32 = 0

  func run() async throws {
    let session = try await Session.open(common)
    let request = LogsRequest(deploymentID: id, follow: follow, tailLines: tail)
    let chunks = DeploymentServiceClient(session.channel).logs(
      request, options: follow ? session.endless : session.call)
    for try await chunk in chunks {
      if common.output == .json {
        common.printJSON(chunk)
      } else {
        Terminal.write(chunk.data, toError: chunk.stream == .stderr)
      }
    }
  }
}

/// `berth watch`
struct Watch: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print every change of state, until interrupted.")
  @OptionGroup var common: CommonOptions
  @Argument(help: "Only this deployment, until it ends.") var id: String?
  @Option(name: .long, help: "Only this organization's.") var org: String?

  func run() async throws {
    let session = try await Session.open(common)
    let request = WatchDeploymentsRequest(
      organizationID: org == nil ? "" : try await session.organization(org),
      deploymentID: id ?? "", includeCurrent: true)
    let changes = DeploymentServiceClient(session.channel).watchDeployments(
      request, options: session.endless)
    for try await change in changes {
      if common.output == .json {
        common.printJSON(change)
      } else if let event = change.event {
        Terminal.print(
          "\(event.at?.description ?? "")  \(event.deploymentID)  \(event.state.colouredName)"
            + "  attempt \(event.attempt)  \(event.reason.printable)")
      }
      if id != nil, change.event?.state.isFinal == true { return }
    }
  }
}
