import ArgumentParser
import RPCClient

/// `berth service-account`
struct ServiceAccounts: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "service-account",
    abstract: "API keys with which other services call, without a person's password.",
    subcommands: [Create.self, List.self, Revoke.self])
}

extension ServiceAccounts {
  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Create an account; its key is shown this once.")
    @OptionGroup var common: CommonOptions
    @Argument(help: "Its name, unique in the organization.") var name: String
    @Option(name: .long, help: "Name or id. Default: your only one.") var org: String?
    @Option(help: "admin, developer or viewer.") var role = "developer"
    @Option(help: "How many days the key lives, 1 to 366.") var days: Int64 = 90

    func validate() throws {
      guard (1...366).contains(days) else { throw ValidationError("--days must be 1 to 366.") }
    }

    func run() async throws {
      let session = try await Session.open(common)
      let answer = try await ServiceAccountServiceClient(session.channel).createServiceAccount(
        CreateServiceAccountRequest(
          organizationID: try await session.organization(org), name: name, role: role,
          timeToLive: ProtobufDuration(seconds: days * 86_400)),
        options: session.call)
      common.report(answer) {
        """
        Created service account \(name)  \(answer.serviceAccount?.id ?? "")
        API key (shown this once): \(answer.apiKey)
        """
      }
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List an organization's service accounts.")
    @OptionGroup var common: CommonOptions
    @Option(name: .long, help: "Name or id. Default: your only one.") var org: String?

    func run() async throws {
      let session = try await Session.open(common)
      let service = ServiceAccountServiceClient(session.channel)
      let (organization, call) = (try await session.organization(org), session.call)
      let all = try await Paging.all { page throws(RPCStatus) in
        let answer = try await service.listServiceAccounts(
          ListServiceAccountsRequest(organizationID: organization, page: page), options: call)
        return (answer.serviceAccounts, answer.nextPageToken)
      }
      guard common.output == .table else {
        return common.printJSON(ListServiceAccountsResponse(serviceAccounts: all))
      }
      var table = Table("NAME", "ROLE", "STATE", "EXPIRES", "ID")
      for account in all {
        table.add(
          account.name, account.role, account.revoked ? "revoked" : "active",
          account.expiresAt?.description ?? "-", account.id)
      }
      table.print()
    }
  }

  struct Revoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "End an account's key everywhere within five seconds.")
    @OptionGroup var common: CommonOptions
    @Argument(help: "The account's id.") var id: String

    func run() async throws {
      let session = try await Session.open(common)
      let answer = try await ServiceAccountServiceClient(session.channel).revokeServiceAccount(
        RevokeServiceAccountRequest(id: id), options: session.call)
      common.report(answer) { "Revoked \(answer.serviceAccount?.name ?? id)." }
    }
  }
}
