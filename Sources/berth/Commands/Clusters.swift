import ArgumentParser
import RPCClient

/// `berth cluster`
struct ClusterCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cluster", abstract: "Clusters of CPU, memory and GPU.",
    subcommands: [
      Create.self, List.self, Get.self, Update.self, AgentToken.self, RevokeAgentTokens.self,
      Share.self, Accept.self, Unshare.self, Quotas.self,
    ])

  static func printDetails(_ cluster: Cluster) {
    Terminal.print("\(cluster.name)  \(cluster.id)")
    let agent =
      cluster.agentAttached
      ? "attached" : cluster.agentSeenAt.map { "last seen \(Amounts.age($0)) ago" } ?? "never seen"
    let engine = cluster.agentEngine.isEmpty ? "" : ", \(cluster.agentEngine.printable)"
    Terminal.print("agent: \(agent)\(engine)")
    var table = Table("", "CAPACITY", "ALLOCATED", "AVAILABLE")
    let amounts = [cluster.capacity, cluster.allocated, cluster.available].map { $0 ?? Resources() }
    let cpu = amounts.map { Amounts.cpu($0.cpuMillis) }
    let memory = amounts.map { Amounts.memory($0.memoryBytes) }
    let gpu = amounts.map { Amounts.gpu($0.gpuMillis) }
    table.add("cpu", cpu[0], cpu[1], cpu[2])
    table.add("memory", memory[0], memory[1], memory[2])
    table.add(
      cluster.gpuModel.isEmpty ? "gpu" : "gpu \(cluster.gpuModel)", gpu[0], gpu[1], gpu[2])
    table.print()
  }
}

/// CPU, memory and GPU as options.
struct ResourceOptions: ParsableArguments {
  @Option(help: "Cores: 4, 0.5 or 500m.") var cpu: String
  @Option(name: [.long, .customLong("ram")], help: "Memory: 512MiB, 8GiB, 8G or bytes.")
  var memory: String
  @Option(help: "GPU devices: 0, 1, 2, or a share of one such as 0.5.") var gpu: String = "0"

  func parsed() throws -> Resources {
    guard let cpuMillis = Amounts.cpuMillis(cpu) else {
      throw ValidationError("--cpu: \(cpu) is not a number of cores such as 4, 0.5 or 500m.")
    }
    guard let bytes = Amounts.bytes(memory) else {
      throw ValidationError("--memory: \(memory) is not an amount such as 512MiB, 8GiB or 8G.")
    }
    guard let gpuMillis = Amounts.gpuMillis(gpu) else {
      throw ValidationError("--gpu: \(gpu) is not a number of devices such as 0, 2 or 0.5.")
    }
    return Resources(cpuMillis: cpuMillis, memoryBytes: bytes, gpuMillis: gpuMillis)
  }
}

extension ClusterCommand {
  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Register a cluster.")
    @OptionGroup var common: CommonOptions
    @Argument(help: "Its name: 1 to 64 of a-z, 0-9, '.', '_', '-'.") var name: String
    @Option(name: .long, help: "The organization's name or id. Default: your only one.")
    var org: String?
    @OptionGroup var resources: ResourceOptions
    @Option(help: "The devices' model, for example A100.") var gpuModel: String = ""

    func run() async throws {
      let capacity = try resources.parsed()
      let session = try await Session.open(common)
      let answer = try await ClusterServiceClient(session.channel).createCluster(
        CreateClusterRequest(
          organizationID: try await session.organization(org), name: name, capacity: capacity,
          gpuModel: gpuModel),
        options: session.call)
      common.report(answer) {
        """
        Created cluster \(name)  \(answer.cluster?.id ?? "")
        Attach an agent with the token of `berth cluster agent-token \(name)`.
        """
      }
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List clusters.")
    @OptionGroup var common: CommonOptions
    @Option(name: .long, help: "Only this organization's.") var org: String?
    @Option(help: "Only names that begin so.") var namePrefix: String = ""
    @Option(help: "Only those with this GPU model.") var gpuModel: String = ""

    func run() async throws {
      let session = try await Session.open(common)
      let all = try await session.clusters(
        ListClustersRequest(
          organizationID: org == nil ? "" : try await session.organization(org),
          namePrefix: namePrefix, gpuModel: gpuModel))
      guard common.output == .table else {
        return common.printJSON(ListClustersResponse(clusters: all))
      }
      var table = Table("NAME", "CPU FREE", "MEMORY FREE", "GPU FREE", "MODEL", "AGENT", "ID")
      for cluster in all {
        let (free, capacity) = (cluster.available ?? .init(), cluster.capacity ?? .init())
        table.add(
          cluster.name,
          "\(Amounts.cpu(free.cpuMillis))/\(Amounts.cpu(capacity.cpuMillis))",
          "\(Amounts.memory(free.memoryBytes))/\(Amounts.memory(capacity.memoryBytes))",
          "\(Amounts.gpu(free.gpuMillis))/\(Amounts.gpu(capacity.gpuMillis))",
          cluster.gpuModel.isEmpty ? "-" : cluster.gpuModel,
          cluster.agentAttached ? "attached" : "-", cluster.id)
      }
      table.print()
    }
  }

  struct Get: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a cluster's capacity, allocated and available amounts.")
    @OptionGroup var common: CommonOptions
    @Argument(help: "Name or id.") var cluster: String

    func run() async throws {
      let session = try await Session.open(common)
      let answer = try await ClusterServiceClient(session.channel).getCluster(
        GetClusterRequest(id: try await session.cluster(cluster)), options: session.call)
      guard common.output == .table, let cluster = answer.cluster else {
        return common.printJSON(answer)
      }
      ClusterCommand.printDetails(cluster)
    }
  }

  struct Update: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Change a cluster's name or capacity; never below what is allocated.")
    @OptionGroup var common: CommonOptions
    @Argument(help: "Name or id.") var cluster: String
    @Option(help: "A new name.") var name: String?
    @Option(help: "Cores.") var cpu: String?
    @Option(name: [.long, .customLong("ram")], help: "Memory.") var memory: String?
    @Option(help: "GPU devices.") var gpu: String?
    @Option(help: "The devices' model.") var gpuModel: String?

    func run() async throws {
      var request = UpdateClusterRequest(name: name, gpuModel: gpuModel)
      request.cpuMillis = try Amounts.parsed(cpu, "--cpu", Amounts.cpuMillis)
      request.memoryBytes = try Amounts.parsed(memory, "--memory", Amounts.bytes)
      request.gpuMillis = try Amounts.parsed(gpu, "--gpu", Amounts.gpuMillis)
      let session = try await Session.open(common)
      request.id = try await session.cluster(cluster)
      let answer = try await ClusterServiceClient(session.channel).updateCluster(
        request, options: session.call)
      guard common.output == .table, let cluster = answer.cluster else {
        return common.printJSON(answer)
      }
      ClusterCommand.printDetails(cluster)
    }
  }

  struct AgentToken: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a token for an agent of a cluster; shown this once.")
    @OptionGroup var common: CommonOptions
    @Argument(help: "Name or id.") var cluster: String

    func run() async throws {
      let session = try await Session.open(common)
      let answer = try await ClusterServiceClient(session.channel).createAgentToken(
        CreateAgentTokenRequest(clusterID: try await session.cluster(cluster)),
        options: session.call)
      common.report(answer) { answer.token }
    }
  }

  struct RevokeAgentTokens: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "End every agent token of a cluster.")
    @OptionGroup var common: CommonOptions
    @Argument(help: "Name or id.") var cluster: String

    func run() async throws {
      let session = try await Session.open(common)
      let answer = try await ClusterServiceClient(session.channel).revokeAgentTokens(
        RevokeAgentTokensRequest(clusterID: try await session.cluster(cluster)),
        options: session.call)
      common.report(answer) { "Revoked \(answer.revoked)." }
    }
  }
}
