import ArgumentParser
import Foundation
import RPCClient

/// How long it takes from the answer of CreateDeployment to the RUNNING event, on an idle system.
@main
struct CreateToRunning: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create-to-running",
    abstract: "Measure the way from CreateDeployment's answer to the RUNNING event.",
    discussion: """
      One deployment at a time on a cluster whose agent runs the simulated engine; the event is \
      taken from WatchDeployments on the same connection. For comparison: one durable commit of \
      PostgreSQL, an INSERT with its fdatasync, from one psql session in the same run.
      """)

  @Option(help: "The server, HOST:PORT.") var address: String
  @Option(help: "The PEM file of the CA to trust.") var ca: String
  @Option(help: "The file with the bearer token of one who may deploy.") var tokenFile: String
  @Option(help: "The cluster's id; its agent is attached and nothing else runs there.")
  var cluster: String
  @Option(help: "The server's database, for the commits.") var databaseURL: String
  @Option(name: .shortAndLong, help: "How many are measured.") var count = 200
  @Option(help: "How many go before, unmeasured.") var warmUp = 20
  @Option(name: .shortAndLong, help: "table or json.") var output = OutputFormat.table

  /// What the project promises of the median.
  static let targetMilliseconds = 50.0

  func validate() throws {
    guard (1...100_000).contains(count), (0...10_000).contains(warmUp) else {
      throw ValidationError("--count is 1 to 100000, --warm-up 0 to 10000.")
    }
  }

  func run() async throws {
    let token = try String(contentsOfFile: tokenFile, encoding: .utf8)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    let channel = try await Channel.connect(
      to: address, options: ChannelOptions(trust: .certificateAuthority(path: ca), token: token))
    let before = try await CommitTimer(databaseURL: databaseURL).run(count: count / 2 + 1)
    let road = Road(deployments: DeploymentServiceClient(channel), cluster: cluster)
    let times = try await road.measure(count: count, warmUp: warmUp)
    let after = try await CommitTimer(databaseURL: databaseURL).run(count: count / 2 + 1)
    await channel.close()
    let report = Report(
      samples: count, create: Percentiles(times.map(\.create)),
      createToRunning: Percentiles(times.map(\.running)), commit: Percentiles(before + after),
      targetMilliseconds: Self.targetMilliseconds)
    print(output == .json ? try report.json() : report.table())
  }
}

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case table, json
}
