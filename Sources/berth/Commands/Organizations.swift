import ArgumentParser
import RPCClient

/// `berth org`
struct Org: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Organizations, invite codes and members.",
    subcommands: [
      Create.self, Join.self, List.self, Members.self, RotateInvite.self, SetRole.self,
      Remove.self, Quota.self,
    ])
}

extension Org {
  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Create an organization; its invite code is shown this once.")
    @OptionGroup var common: CommonOptions
    @Argument(help: "Its name, unique.") var name: String
    @Option(help: "The role that the invite code grants: admin, developer or viewer.")
    var inviteRole: String = "developer"

    func run() async throws {
      let session = try await Session.open(common)
      let answer = try await OrganizationServiceClient(session.channel).createOrganization(
        CreateOrganizationRequest(name: name, inviteRole: inviteRole), options: session.call)
      common.report(answer) {
        """
        Created organization \(name)  \(answer.organization?.id ?? "")
        Invite code (\(inviteRole), shown this once): \(answer.inviteCode)
        """
      }
    }
  }

  struct Join: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Join an organization by an invite code.")
    @OptionGroup var common: CommonOptions
    @Argument(help: "The code.") var code: String

    func run() async throws {
      let session = try await Session.open(common)
      let answer = try await OrganizationServiceClient(session.channel).joinOrganization(
        JoinOrganizationRequest(inviteCode: code), options: session.call)
      common.report(answer) {
        "Joined \(answer.organization?.name ?? "") as \(answer.role)."
      }
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List your organizations.")
    @OptionGroup var common: CommonOptions

    func run() async throws {
      let session = try await Session.open(common)
      let all = try await session.organizations()
      guard common.output == .table else {
        return common.printJSON(ListOrganizationsResponse(organizations: all))
      }
      var table = Table("NAME", "AGE", "ID")
      for organization in all {
        table.add(organization.name, Amounts.age(organization.createdAt), organization.id)
      }
      table.print()
    }
  }

  struct Members: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List an organization's members.")
    @OptionGroup var common: CommonOptions
    @Option(name: .long, help: "Name or id. Default: your only one.") var org: String?

    func run() async throws {
      let session = try await Session.open(common)
      let all = try await session.members(of: try await session.organization(org))
      guard common.output == .table else {
        return common.printJSON(ListMembersResponse(members: all))
      }
      var table = Table("USERNAME", "NAME", "ROLE", "JOINED", "ID")
      for member in all {
        table.add(
          member.username, member.displayName, member.role, Amounts.age(member.joinedAt),
          member.userID)
      }
      table.print()
    }
  }

  struct RotateInvite: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Replace an invite code; the old one ends at once.")
    @OptionGroup var common: CommonOptions
    @Option(name: .long, help: "Name or id. Default: your only one.") var org: String?
    @Option(help: "The role it grants: admin, developer or viewer.") var role = "developer"

    func run() async throws {
      let session = try await Session.open(common)
      let answer = try await OrganizationServiceClient(session.channel).rotateInvite(
        RotateInviteRequest(organizationID: try await session.organization(org), role: role),
        options: session.call)
      common.report(answer) { "Invite code (\(role), shown this once): \(answer.inviteCode)" }
    }
  }

  struct SetRole: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Change a member's role.")
    @OptionGroup var common: CommonOptions
    @Option(name: .long, help: "Name or id. Default: your only one.") var org: String?
    @Argument(help: "The member's username or id.") var user: String
    @Argument(help: "admin, developer or viewer.") var role: String

    func run() async throws {
      let session = try await Session.open(common)
      let organization = try await session.organization(org)
      let answer = try await OrganizationServiceClient(session.channel).setMemberRole(
        SetMemberRoleRequest(
          organizationID: organization,
          userID: try await session.member(user, of: organization), role: role),
        options: session.call)
      common.report(answer) { "\(user) is now \(role)." }
    }
  }

  struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "End a membership.")
    @OptionGroup var common: CommonOptions
    @Option(name: .long, help: "Name or id. Default: your only one.") var org: String?
    @Argument(help: "The member's username or id.") var user: String

    func run() async throws {
      let session = try await Session.open(common)
      let organization = try await session.organization(org)
      let answer = try await OrganizationServiceClient(session.channel).removeMember(
        RemoveMemberRequest(
          organizationID: organization, userID: try await session.member(user, of: organization)),
        options: session.call)
      common.report(answer) { "Removed \(user)." }
    }
  }
}
