import ArgumentParser
import RPCClient

extension Org {
  struct Quota: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show what an organization may hold on all clusters together, and holds.")
    @OptionGroup var common: CommonOptions
    @Option(name: .long, help: "Name or id. Default: your only one.") var org: String?

    func run() async throws {
      let session = try await Session.open(common)
      let answer = try await OrganizationServiceClient(session.channel).getOrganizationQuota(
        GetOrganizationQuotaRequest(organizationID: try await session.organization(org)),
        options: session.call)
      guard common.output == .table, let quota = answer.quota else {
        return common.printJSON(answer)
      }
      Org.print(quota)
    }
  }

  fileprivate static func print(_ quota: OrganizationQuota) {
    let (held, limit) = (quota.held ?? .init(), quota.limit ?? .init())
    var table = Table("", "HELD", "LIMIT")
    table.add("cpu", Amounts.cpu(held.cpuMillis), limit.cpuMillis.map(Amounts.cpu) ?? "-")
    table.add(
      "memory", Amounts.memory(held.memoryBytes), limit.memoryBytes.map(Amounts.memory) ?? "-")
    table.add("gpu", Amounts.gpu(held.gpuMillis), limit.gpuMillis.map(Amounts.gpu) ?? "-")
    table.add("queued", "\(quota.queued)", quota.queuedLimit.map { "\($0)" } ?? "-")
    table.print()
    Terminal.print("weight: \(Amounts.cpu(quota.weightMillis))")
  }
}

extension Admin {
  struct SetQuota: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Set what an organization may hold on all clusters together, and its weight.",
      discussion: """
        All of it is set anew: what is left out has no limit, and the weight is 1. What is held above \
        a lower limit stays until it ends.
        """)
    @OptionGroup var common: CommonOptions
    @Argument(help: "The organization's name or id.") var organization: String
    @OptionGroup var limits: LimitOptions
    @Option(help: "How many of its deployments may wait. Default: any number.")
    var limitQueued: Int64?
    @Option(help: "Its weight against others: of twice the weight, twice the share. 0.001 to 1000.")
    var weight: String = "1"

    func run() async throws {
      let limit = try limits.parsed()
      let millis = try Amounts.parsed(weight, "--weight", Amounts.cpuMillis)
      let session = try await Session.open(common)
      let answer = try await OrganizationServiceClient(session.channel).setOrganizationQuota(
        SetOrganizationQuotaRequest(
          organizationID: try await session.organization(organization), limit: limit,
          queuedLimit: limitQueued, weightMillis: millis),
        options: session.call)
      guard common.output == .table, let quota = answer.quota else {
        return common.printJSON(answer)
      }
      Org.print(quota)
    }
  }
}
