import ArgumentParser
import RPCClient

/// `berth logs`
struct Logs: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print what a deployment's container wrote.",
    discussion: """
      With --follow the stream is opened again where its server ends; --timeout says how long there \
      may be none. With --tail what was written meanwhile may be missing.
      """)
  @OptionGroup var common: CommonOptions
  @Argument(help: "The deployment's id.") var id: String
  @Flag(name: .shortAndLong, help: "Go on until the container ends.") var follow = false
  @Option(help: "Only the last so many lines.") var tail: Int32 = 0

  func run() async throws {
    let session = try await Session.open(common)
    let deployments = DeploymentServiceClient(session.channel)
    var position = LogPosition()
    guard follow else {
      let request = LogsRequest(deploymentID: id, tailLines: tail)
      for try await chunk in deployments.logs(request, options: session.call) { print(chunk) }
      return
    }
    try await Reopening(patience: common.patience).run { isAgain in
      var request = LogsRequest(deploymentID: id, follow: true, tailLines: tail)
      if isAgain {
        // From the beginning everything comes again, and what was printed is left out. From a tail
        // on nobody can tell where that was.
        request.tailLines = tail == 0 ? 0 : 1
        position.reopened(fromStart: tail == 0)
      }
      for try await chunk in deployments.logs(request, options: session.endless) {
        if let rest = position.unseen(of: chunk) { print(rest) }
      }
    }
  }

  private func print(_ chunk: LogsResponse) {
    if common.output == .json {
      common.printJSON(chunk)
    } else {
      Terminal.write(chunk.data, toError: chunk.stream == .stderr)
    }
  }
}

/// How much of a container's output was printed: bytes of each attempt's two streams.
struct LogPosition {
  private struct Source: Hashable {
    let attempt: Int32
    let stream: LogsResponse.Stream
  }

  private var printed: [Source: Int] = [:]
  private var toSkip: [Source: Int] = [:]

  /// The output comes anew: from its beginning, or from somewhere.
  mutating func reopened(fromStart: Bool) {
    toSkip = fromStart ? printed : [:]
  }

  /// What of a piece was not printed before; nil: nothing. It counts as printed from here on.
  mutating func unseen(of chunk: LogsResponse) -> LogsResponse? {
    let source = Source(attempt: chunk.attempt, stream: chunk.stream)
    var rest = chunk
    if let skip = toSkip[source] {
      rest.data = Array(chunk.data.dropFirst(skip))
      toSkip[source] = skip > chunk.data.count ? skip - chunk.data.count : nil
      if rest.data.isEmpty { return nil }
    }
    printed[source, default: 0] += rest.data.count
    return rest
  }
}

/// `berth watch`
struct Watch: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print every change of state, until interrupted.",
    discussion: """
      The stream is opened again where its server ends; --timeout says how long there may be none. \
      What happened meanwhile to deployments that were seen is printed then.
      """)
  /// The watch has begun on the server after that, so what it does not tell is listed.
  private static let settling = Duration.seconds(1)

  @OptionGroup var common: CommonOptions
  @Argument(help: "Only this deployment, until it ends.") var id: String?
  @Option(name: .long, help: "Only this organization's.") var org: String?

  func run() async throws {
    let session = try await Session.open(common)
    let deployments = DeploymentServiceClient(session.channel)
    let request = WatchDeploymentsRequest(
      organizationID: org == nil ? "" : try await session.organization(org),
      deploymentID: id ?? "", includeCurrent: true)
    let log = ChangeLog(
      deployments, options: session.call, format: common.output, only: id)
    try await Reopening(patience: common.patience).run { isAgain in
      if isAgain {
        await log.lost()
        if try await log.catchUp(isLast: false) { return }
      }
      try await withThrowingTaskGroup(of: Bool.self) { group in
        group.addTask {
          let changes = deployments.watchDeployments(request, options: session.endless)
          for try await change in changes where await log.take(change) { return true }
          return true
        }
        if isAgain {
          group.addTask {
            try await Task.sleep(for: Self.settling)
            return try await log.catchUp(isLast: true)
          }
        }
        while let isOver = try await group.next() {
          if isOver { return group.cancelAll() }
        }
      }
    }
  }
}

extension CommonOptions {
  /// How long a stream waits for a server.
  fileprivate var patience: Duration { .milliseconds(Int64(timeout * 1_000)) }
}
