import ArgumentParser
import RPCClient

/// An upper bound of CPU, memory and GPU as options.
struct LimitOptions: ParsableArguments {
  @Option(help: "Cores that it may hold at most. Default: no limit.") var limitCPU: String?
  @Option(help: "Memory that it may hold at most. Default: no limit.") var limitMemory: String?
  @Option(help: "GPU devices that it may hold at most. Default: no limit.") var limitGPU: String?

  func parsed() throws -> ResourceLimits {
    ResourceLimits(
      cpuMillis: try Amounts.parsed(limitCPU, "--limit-cpu", Amounts.cpuMillis),
      memoryBytes: try Amounts.parsed(limitMemory, "--limit-memory", Amounts.bytes),
      gpuMillis: try Amounts.parsed(limitGPU, "--limit-gpu", Amounts.gpuMillis))
  }
}

extension ClusterCommand {
  struct Share: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Offer a cluster to another organization, or change what one may hold there.",
      discussion: """
        The other organization runs nothing there until its admins say `berth cluster accept`. What \
        is guaranteed it can always claim; while it does not use it, others that may borrow do. With \
        the owner's own id the owner is limited. What is held above a lower limit stays until it ends.

        With --reclaim, borrowed work goes back to the queue when a deployment that stays within \
        what its organization is guaranteed fits nowhere.

        Example: berth cluster share gpu-1 0190163d-8694-739b-aea5-966c26f8ad90 --cpu 8 --memory 32GiB \
        --gpu 2 --limit-gpu 4
        """)
    @OptionGroup var common: CommonOptions
    @Argument(help: "The cluster's name or id.") var cluster: String
    @Argument(help: "The organization's id, which its members see with `berth org list`.")
    var organization: String
    @Option(help: "Cores that it is guaranteed.") var cpu: String = "0"
    @Option(name: [.long, .customLong("ram")], help: "Memory that it is guaranteed.")
    var memory: String = "0"
    @Option(help: "GPU devices that it is guaranteed.") var gpu: String = "0"
    @OptionGroup var limits: LimitOptions
    @Flag(help: "It holds at most what it is guaranteed.") var noBorrowing = false
    @Option(
      help: """
        What it may take back of what it is guaranteed, when others have borrowed it: never, \
        lower-priority or any work.
        """)
    var reclaim = ReclaimOption.never

    func run() async throws {
      let amount = Amounts.parsed
      let guaranteed = Resources(
        cpuMillis: try amount(cpu, "--cpu", Amounts.cpuMillis) ?? 0,
        memoryBytes: try amount(memory, "--memory", Amounts.bytes) ?? 0,
        gpuMillis: try amount(gpu, "--gpu", Amounts.gpuMillis) ?? 0)
      let limit = try limits.parsed()
      let session = try await Session.open(common)
      let answer = try await ClusterServiceClient(session.channel).setClusterQuota(
        SetClusterQuotaRequest(
          clusterID: try await session.cluster(cluster),
          organizationID: try await session.organization(organization), guaranteed: guaranteed,
          limit: limit, mayBorrow: !noBorrowing, reclaim: reclaim.policy),
        options: session.call)
      guard common.output == .table, let quota = answer.quota else {
        return common.printJSON(answer)
      }
      ClusterCommand.print([quota])
    }
  }

  struct Accept: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Agree that your organization runs on a cluster that another one offers.",
      discussion: """
        Whoever runs the cluster's agent sees images, commands and environments of what is placed \
        there. `berth cluster quotas` shows what is offered.
        """)
    @OptionGroup var common: CommonOptions
    @Argument(help: "The cluster's id.") var cluster: String
    @Option(name: .long, help: "Your organization's name or id. Default: your only one.")
    var org: String?

    func run() async throws {
      let session = try await Session.open(common)
      let answer = try await ClusterServiceClient(session.channel).acceptClusterQuota(
        AcceptClusterQuotaRequest(
          clusterID: try await session.cluster(cluster),
          organizationID: try await session.organization(org)),
        options: session.call)
      guard common.output == .table, let quota = answer.quota else {
        return common.printJSON(answer)
      }
      ClusterCommand.print([quota])
    }
  }

  struct Unshare: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "End what an organization may hold on a cluster, as its owner or as that one.",
      discussion: """
        Refused while a guest holds resources there. To let it run out, share with --no-borrowing \
        and nothing guaranteed: nothing new is placed there then.
        """)
    @OptionGroup var common: CommonOptions
    @Argument(help: "The cluster's name or id.") var cluster: String
    @Argument(help: "The organization's name, if it is yours, or id.") var organization: String

    func run() async throws {
      let session = try await Session.open(common)
      let answer = try await ClusterServiceClient(session.channel).removeClusterQuota(
        RemoveClusterQuotaRequest(
          clusterID: try await session.cluster(cluster),
          organizationID: try await session.organization(organization)),
        options: session.call)
      common.report(answer) { "Ended." }
    }
  }

  struct Quotas: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "quotas",
      abstract: "Show what organizations may hold on a cluster, and hold.",
      discussion: "Without a cluster: where your organization may run, or is offered to.")
    @OptionGroup var common: CommonOptions
    @Argument(help: "The cluster's name or id.") var cluster: String?
    @Option(name: .long, help: "Your organization's name or id. Default: your only one.")
    var org: String?

    func run() async throws {
      let session = try await Session.open(common)
      var request = ListClusterQuotasRequest()
      if let cluster {
        request.clusterID = try await session.cluster(cluster)
      } else {
        request.organizationID = try await session.organization(org)
      }
      let all = try await session.clusterQuotas(request)
      guard common.output == .table else {
        return common.printJSON(ListClusterQuotasResponse(quotas: all))
      }
      ClusterCommand.print(all)
    }
  }

  /// Amounts as held / guaranteed / limit.
  fileprivate static func print(_ quotas: [ClusterQuota]) {
    var table = Table(
      "CLUSTER", "ORGANIZATION", "CPU HELD/GUARANTEED/LIMIT", "MEMORY", "GPU", "BORROWS",
      "RECLAIMS",
      "STATE", "CLUSTER ID")
    for quota in quotas {
      let (held, guaranteed) = (quota.held ?? .init(), quota.guaranteed ?? .init())
      let limit = quota.limit ?? .init()
      let isOwner = quota.organizationID == quota.ownerOrganizationID
      table.add(
        quota.clusterName, quota.organizationID,
        Amounts.quota(held.cpuMillis, guaranteed.cpuMillis, limit.cpuMillis, Amounts.cpu),
        Amounts.quota(
          held.memoryBytes, guaranteed.memoryBytes, limit.memoryBytes, Amounts.memory),
        Amounts.quota(held.gpuMillis, guaranteed.gpuMillis, limit.gpuMillis, Amounts.gpu),
        quota.mayBorrow ? "yes" : "no", ReclaimOption(quota.reclaim).rawValue,
        isOwner ? "owner" : quota.accepted ? "accepted" : "offered", quota.clusterID)
    }
    table.print()
  }
}

/// What an organization may take back, as people say it.
enum ReclaimOption: String, ExpressibleByArgument, CaseIterable {
  case never
  case lowerPriority = "lower-priority"
  case any

  init(_ policy: ReclaimPolicy) {
    switch policy {
    case .lowerPriority: self = .lowerPriority
    case .any: self = .any
    case .unspecified, .never, .unrecognized: self = .never
    }
  }

  var policy: ReclaimPolicy {
    switch self {
    case .never: .never
    case .lowerPriority: .lowerPriority
    case .any: .any
    }
  }
}

extension Amounts {
  fileprivate static func quota(
    _ held: Int64, _ guaranteed: Int64, _ limit: Int64?, _ text: (Int64) -> String
  ) -> String {
    "\(text(held))/\(text(guaranteed))/\(limit.map(text) ?? "-")"
  }
}

extension Session {
  fileprivate func clusterQuotas(
    _ request: ListClusterQuotasRequest
  ) async throws -> [ClusterQuota] {
    let (service, call) = (ClusterServiceClient(channel), call)
    // One of a cluster is one page.
    guard request.clusterID.isEmpty else {
      return try await service.listClusterQuotas(request, options: call).quotas
    }
    return try await Paging.all { page throws(RPCStatus) in
      var request = request
      request.page = page
      let answer = try await service.listClusterQuotas(request, options: call)
      return (answer.quotas, answer.nextPageToken)
    }
  }
}
