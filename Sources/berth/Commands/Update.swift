import ArgumentParser
import RPCClient

/// `berth update`
struct Update: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Change a deployment that is queued; it keeps its age.",
    discussion: """
      What is not named stays as it is; of --cpu, --memory and --gpu too. Example: \
      berth update ID --priority 500 --queue-ttl 2h
      """)
  @OptionGroup var common: CommonOptions
  @Argument(help: "Its id.") var id: String
  @Option(help: "0 to 1000, higher first; it leaves its class.") var priority: Int32?
  @Option(help: "The class that says its priority.") var priorityClass: String?
  @Option(help: "Cores: 4, 0.5 or 500m.") var cpu: String?
  @Option(help: "For example 512MiB or 8GiB.") var memory: String?
  @Option(help: "Devices: 2, or a share of one: 0.5.") var gpu: String?
  @Option(help: "A GPU model that will do, or any; may be repeated.") var gpuModel: [String] = []
  @Option(help: "How long it may be queued without a break: 90s, 5m, 2h, 1d; none: for ever.")
  var queueTtl: String?
  @Option(help: "When it must be running: from now (10m) or a time; none: no matter.")
  var startBy: String?

  func run() async throws {
    var request = UpdateDeploymentRequest(
      id: id, priority: priority, priorityClass: priorityClass ?? "")
    if !gpuModel.isEmpty {
      request.gpuModels = GPUModels(models: gpuModel == ["any"] ? [] : gpuModel)
    }
    if let queueTtl {
      request.queueTimeToLive =
        queueTtl == "none"
        ? ProtobufDuration() : try Amounts.parsedSpan(queueTtl, option: "--queue-ttl")
    }
    if let startBy {
      request.startBy =
        startBy == "none" ? Timestamp() : try Amounts.parsedTime(startBy, option: "--start-by")
    }
    let session = try await Session.open(common)
    let service = DeploymentServiceClient(session.channel)
    if cpu != nil || memory != nil || gpu != nil {
      let current = try await service.getDeployment(
        GetDeploymentRequest(id: id), options: session.call)
      request.resources = try changed(current.deployment?.resources ?? Resources())
    }
    let answer = try await service.updateDeployment(request, options: session.call)
    common.report(answer) { "\(id)  \(answer.deployment?.reason.printable ?? "")" }
  }

  private func changed(_ current: Resources) throws -> Resources {
    Resources(
      cpuMillis: try Amounts.parsed(cpu, "--cpu", Amounts.cpuMillis) ?? current.cpuMillis,
      memoryBytes: try Amounts.parsed(memory, "--memory", Amounts.bytes) ?? current.memoryBytes,
      gpuMillis: try Amounts.parsed(gpu, "--gpu", Amounts.gpuMillis) ?? current.gpuMillis)
  }
}
