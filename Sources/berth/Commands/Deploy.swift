import ArgumentParser
import RPCClient

/// `berth deploy`
struct Deploy: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Deploy a model image.",
    discussion: """
      What does not fit waits in the queue. With --wait the command goes on until the deployment \
      has reached that state, and fails if it ends otherwise. With --dry-run nothing is created: \
      it says whether there is room now and where, and if not what is missing.

      Example: berth deploy registry/llm:7 --cpu 4 --memory 16GiB --gpu 1 --env MODE=fast -- serve
      """)
  @OptionGroup var common: CommonOptions
  @Argument(help: "The image.") var image: String
  @Option(name: .long, help: "The organization's name or id. Default: your only one.")
  var org: String?
  @Option(help: "The cluster's name or id, or any.") var cluster: String = "any"
  @Option(help: "A name for people.") var name: String = ""
  @OptionGroup var resources: ResourceOptions
  @Option(help: "A GPU model that will do; may be repeated.") var gpuModel: [String] = []
  @Option(help: "0 to 1000, higher first.") var priority: Int32 = 0
  @Option(help: "The class that says its priority (berth priority-class list).")
  var priorityClass: String = ""
  @Option(help: "1 to 100.") var maxAttempts: Int32 = 3
  @Option(help: "A gang: so many alike, up to 64, placed all at once or not at all.")
  var replicas: Int32 = 1
  @Option(help: "How long it may be queued without a break: 90s, 5m, 2h, 1d. Default: for ever.")
  var queueTtl: String?
  @Option(help: "When it must be running: from now (10m) or a time (2026-11-27T08:00:00Z).")
  var startBy: String?
  @Option(name: .shortAndLong, help: "NAME=VALUE for the container; may be repeated.")
  var env: [String] = []
  @Option(help: "A repeated deploy with the same key answers the first one.")
  var idempotencyKey: String?
  @Option(help: "Wait for this state: scheduled, starting, running or completed.")
  var wait: String?
  @Flag(help: "Say whether it would fit now, and where; create nothing.")
  var dryRun = false
  @Argument(parsing: .postTerminator, help: "The command, instead of the image's own.")
  var command: [String] = []

  func validate() throws {
    if dryRun, wait != nil {
      throw ValidationError("--wait: nothing is created with --dry-run.")
    }
  }

  func run() async throws {
    let goal = try wait.map { text throws in
      guard let state = DeploymentState(shortName: text), state != .queued else {
        throw ValidationError("--wait: \(text) is not scheduled, starting, running or completed.")
      }
      return state
    }
    let request = try parsedRequest()
    let session = try await Session.open(common)
    if dryRun { return try await simulate(request, session) }
    let answer = try await create(request, session)
    guard var deployment = answer.deployment else { return common.printJSON(answer) }
    if let goal {
      deployment = try await session.wait(for: goal, deployment: deployment, output: common.output)
    }
    if goal == nil || common.output == .json {
      common.report(CreateDeploymentResponse(deployment: deployment)) {
        "\(deployment.id)  \(deployment.state.colouredName)  \(deployment.reason.printable)"
      }
    }
    try requireReached(goal, deployment)
  }

  private func parsedRequest() throws -> CreateDeploymentRequest {
    var request = CreateDeploymentRequest(
      name: name, image: image, command: command, resources: try resources.parsed(),
      gpuModels: gpuModel, priority: priority, maxAttempts: maxAttempts)
    request.priorityClass = priorityClass
    // In a message nothing and 0 are the same.
    guard replicas > 0 else { throw ValidationError("--replicas: \(replicas) is not above 0.") }
    request.replicas = replicas
    request.queueTimeToLive = try queueTtl.map { try Amounts.parsedSpan($0, option: "--queue-ttl") }
    request.startBy = try startBy.map { try Amounts.parsedTime($0, option: "--start-by") }
    for pair in env {
      guard let equals = pair.firstIndex(of: "=") else {
        throw ValidationError("--env: \(pair) is not NAME=VALUE.")
      }
      request.env[String(pair[..<equals])] = String(pair[pair.index(after: equals)...])
    }
    // A key of our own makes the call safe to repeat when the answer is lost on the way.
    request.idempotencyKey = idempotencyKey ?? "cli-\(UInt64.random(in: 0 ... .max))"
    return request
  }

  private func create(
    _ request: CreateDeploymentRequest, _ session: Session
  ) async throws -> CreateDeploymentResponse {
    try await DeploymentServiceClient(session.channel).createDeployment(
      try await placed(request, session), options: session.call)
  }

  private func simulate(_ request: CreateDeploymentRequest, _ session: Session) async throws {
    let answer = try await DeploymentServiceClient(session.channel).simulateDeployment(
      SimulateDeploymentRequest(deployment: try await placed(request, session)),
      options: session.call)
    guard common.output == .table else { return common.printJSON(answer) }
    Terminal.print(answer.summary.printable)
    FitOutput.print(
      queue: answer.queue, fit: answer.fit, timeLimit: answer.timeLimit,
      preemption: answer.preemption)
  }

  /// With the cluster and the organization that the options name.
  private func placed(
    _ request: CreateDeploymentRequest, _ session: Session
  ) async throws -> CreateDeploymentRequest {
    var request = request
    if cluster != "any" { request.clusterID = try await session.cluster(cluster) }
    if cluster == "any" || org != nil {
      request.organizationID = try await session.organization(org)
    }
    return request
  }

  private func requireReached(_ goal: DeploymentState?, _ deployment: Deployment) throws {
    guard let goal, deployment.state.isFinal, deployment.state != goal else { return }
    if deployment.state == .completed, goal.rawValue < DeploymentState.completed.rawValue { return }
    throw Failure(
      "\(deployment.id) ended as \(deployment.state.shortName): \(deployment.reason)", status: 1)
  }
}
