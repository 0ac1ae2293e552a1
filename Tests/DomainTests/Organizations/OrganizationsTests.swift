import Domain
import Testing

@Suite struct OrganizationsTests {
  @Test func `its creator is its admin, at once`() async throws {
    let platform = Platform()
    let ada = try await platform.person("ada")
    // A principal without memberships is cached; the creation forgets it.
    _ = try await platform.grant("OrganizationService/ListOrganizations", ada)
    let made = try await platform.organization("acme", by: ada)
    let grant = try await platform.grant("OrganizationService/ListMembers", ada)
    let members = try await platform.organizations.members(
      grant, organizationID: made.id.description, page: RequestedPage())
    #expect(members.elements.map(\.username) == ["ada"])
    #expect(members.elements.map(\.role) == [.admin])
    #expect(
      platform.broadcast.told == [.accessChanged(try await platform.userID("ada").description)])
  }

  @Test func `a name is taken once`() async throws {
    let acme = try await Platform.acme()
    let error = await failure { try await acme.platform.organization("acme", by: acme.oscar) }
    #expect(error == .alreadyExists(kind: "organization", name: "acme"))
  }

  @Test(arguments: ["", " acme", "acme\t", "a\u{0}b", String(repeating: "n", count: 129)])
  func `a bad name is refused by field`(name: String) async throws {
    let platform = Platform()
    let ada = try await platform.person("ada")
    let grant = try await platform.grant("OrganizationService/CreateOrganization", ada)
    #expect(
      await refusedFields {
        try await platform.organizations.create(grant, name: name, inviteRole: "boss")
      } == ["name", "invite_role"])
  }

  @Test func `a name of 128 characters in any script passes`() async throws {
    let platform = Platform()
    let ada = try await platform.person("ada")
    let name = String(repeating: "\u{6771}", count: 128)
    let made = try await platform.organizations.create(
      try await platform.grant("OrganizationService/CreateOrganization", ada), name: name)
    #expect(made.organization.name == name)
  }

  @Test func `whoever has the code joins with the role it grants, developer by default`()
    async throws
  {
    let acme = try await Platform.acme()
    let platform = acme.platform
    let joined = try await platform.organizations.join(
      try await platform.grant("OrganizationService/JoinOrganization", acme.oscar),
      inviteCode: acme.inviteCode.lowercased())
    #expect(joined.organization.id == acme.id && joined.role == .developer)
    let grant = try await platform.grant("OrganizationService/ListOrganizations", acme.oscar)
    #expect(grant.principal?.memberships[acme.id] == .developer)
    let again = await failure {
      try await platform.organizations.join(
        try await platform.grant("OrganizationService/JoinOrganization", acme.oscar),
        inviteCode: acme.inviteCode)
    }
    #expect(again?.isAlreadyExists == true)
  }

  @Test func `a code that does not hold is refused, and never told back`() async throws {
    let acme = try await Platform.acme()
    let platform = acme.platform
    let grant = try await platform.grant("OrganizationService/JoinOrganization", acme.oscar)
    let unknown = SecretText.inviteCode(random: SeededRandom(seed: 99))
    let error = await failure {
      try await platform.organizations.join(grant, inviteCode: unknown)
    }
    #expect(error?.isNotFound == true)
    #expect(error?.text.contains(unknown) == false)
    for text in ["", "ABC", String(repeating: "U", count: 26)] {
      #expect(
        await refusedFields { try await platform.organizations.join(grant, inviteCode: text) }
          == ["invite_code"])
    }
  }

  @Test func `a rotated code ends the old one of that role, and no other role's`() async throws {
    let acme = try await Platform.acme()
    let platform = acme.platform
    let rotate = try await platform.grant("OrganizationService/RotateInvite", acme.ada)
    let viewers = try await platform.organizations.rotateInvite(
      rotate, organizationID: acme.id.description, role: "viewer")
    let developers = try await platform.organizations.rotateInvite(
      rotate, organizationID: acme.id.description)
    let bob = try await platform.person("bob")
    let grant = try await platform.grant("OrganizationService/JoinOrganization", bob)
    let old = await failure {
      try await platform.organizations.join(grant, inviteCode: acme.inviteCode)
    }
    #expect(old?.isNotFound == true)
    #expect(try await platform.organizations.join(grant, inviteCode: viewers).role == .viewer)
    let oscar = try await platform.grant("OrganizationService/JoinOrganization", acme.oscar)
    #expect(try await platform.organizations.join(oscar, inviteCode: developers).role == .developer)
  }

  @Test func `only digests of codes are kept`() async throws {
    let acme = try await Platform.acme()
    let kept = acme.platform.database.with { Array($0.invites.values) }
    let canonical = try #require(SecretText.canonicalInviteCode(acme.inviteCode))
    #expect(kept.contains(FoldingDigest().digest(canonical)))
  }

  @Test func `a person sees its own organizations, a SuperAdmin all`() async throws {
    let acme = try await Platform.acme()
    let platform = acme.platform
    func names(_ bearer: String) async throws -> [String] {
      try await platform.organizations.list(
        try await platform.grant("OrganizationService/ListOrganizations", bearer),
        page: RequestedPage()
      ).elements.map(\.name)
    }
    #expect(try await names(acme.ada) == ["acme"])
    #expect(try await names(acme.oscar) == ["oscorp"])
    #expect(try await names(try await platform.person("lone")) == [])
    #expect(try await names(try await platform.superAdmin()) == ["acme", "oscorp"])
  }

  @Test func `a role that changes holds from the next call on`() async throws {
    let acme = try await Platform.acme()
    let platform = acme.platform
    let bob = try await platform.member("bob", of: acme.id, role: .viewer, admin: acme.ada)
    let id = try await platform.userID("bob")
    let method = "DeploymentService/CreateDeployment"
    #expect(try await platform.grant(method, bob).scope == .organizations([]))
    platform.broadcast.forget()
    let member = try await platform.organizations.setRole(
      try await platform.grant("OrganizationService/SetMemberRole", acme.ada),
      organizationID: acme.id.description, userID: id.description, role: "developer")
    #expect(member.role == .developer)
    #expect(platform.broadcast.told == [.accessChanged(id.description)])
    #expect(try await platform.grant(method, bob).scope == .organizations([acme.id]))
  }

  @Test func `who is removed is an outsider from the next call on`() async throws {
    let acme = try await Platform.acme()
    let platform = acme.platform
    let bob = try await platform.member("bob", of: acme.id, role: .admin, admin: acme.ada)
    let id = try await platform.userID("bob")
    #expect(
      try await platform.grant("ClusterService/ListClusters", bob).authorize(acme.id).role == .admin
    )
    platform.broadcast.forget()
    try await platform.organizations.removeMember(
      try await platform.grant("OrganizationService/RemoveMember", acme.ada),
      organizationID: acme.id.description, userID: id.description)
    #expect(platform.broadcast.told == [.accessChanged(id.description)])
    let error = await failure {
      try await platform.grant("ClusterService/ListClusters", bob).authorize(acme.id)
    }
    #expect(error?.isNotFound == true)
  }

  @Test func `the last admin stays`() async throws {
    let acme = try await Platform.acme()
    let platform = acme.platform
    let ada = try await platform.userID("ada").description
    _ = try await platform.member("bob", of: acme.id, role: .developer, admin: acme.ada)
    let organization = acme.id.description
    let demote = await failure {
      try await platform.organizations.setRole(
        try await platform.grant("OrganizationService/SetMemberRole", acme.ada),
        organizationID: organization, userID: ada, role: "viewer")
    }
    #expect(demote?.isFailedPrecondition == true)
    let remove = await failure {
      try await platform.organizations.removeMember(
        try await platform.grant("OrganizationService/RemoveMember", acme.ada),
        organizationID: organization, userID: ada)
    }
    #expect(remove?.isFailedPrecondition == true)
    #expect(platform.database.with { $0.members[acme.id]?.count } == 2)
  }

  @Test func `a user who is no member has no role to change`() async throws {
    let acme = try await Platform.acme()
    let platform = acme.platform
    let oscar = try await platform.userID("oscar").description
    let set = await failure {
      try await platform.organizations.setRole(
        try await platform.grant("OrganizationService/SetMemberRole", acme.ada),
        organizationID: acme.id.description, userID: oscar, role: "viewer")
    }
    #expect(set == .notFound(kind: "member", name: oscar))
    let remove = await failure {
      try await platform.organizations.removeMember(
        try await platform.grant("OrganizationService/RemoveMember", acme.ada),
        organizationID: acme.id.description, userID: oscar)
    }
    #expect(remove == .notFound(kind: "member", name: oscar))
  }

  @Test func `a role has to be named where it is set, and every bad field is`() async throws {
    let acme = try await Platform.acme()
    let grant = try await acme.platform.grant("OrganizationService/SetMemberRole", acme.ada)
    for role in ["", "superadmin", "Admin"] {
      #expect(
        await refusedFields {
          try await acme.platform.organizations.setRole(
            grant, organizationID: "", userID: "1", role: role)
        } == ["organization_id", "user_id", "role"])
    }
  }

  @Test(arguments: [Role.developer, .viewer])
  func `only an admin manages members and codes`(role: Role) async throws {
    let acme = try await Platform.acme()
    let platform = acme.platform
    let bob = try await platform.member("bob", of: acme.id, role: role, admin: acme.ada)
    let ada = try await platform.userID("ada").description
    let organization = acme.id.description
    let errors = [
      await failure {
        try await platform.organizations.rotateInvite(
          try await platform.grant("OrganizationService/RotateInvite", bob),
          organizationID: organization)
      },
      await failure {
        try await platform.organizations.setRole(
          try await platform.grant("OrganizationService/SetMemberRole", bob),
          organizationID: organization, userID: ada, role: "viewer")
      },
      await failure {
        try await platform.organizations.removeMember(
          try await platform.grant("OrganizationService/RemoveMember", bob),
          organizationID: organization, userID: ada)
      },
    ]
    for error in errors { #expect(error?.isPermissionDenied == true) }
    let members = try await platform.organizations.members(
      try await platform.grant("OrganizationService/ListMembers", bob),
      organizationID: organization, page: RequestedPage())
    #expect(members.elements.map(\.username) == ["ada", "bob"])
  }

  @Test func `a SuperAdmin is told of an organization that does not exist`() async throws {
    let platform = Platform()
    let root = try await platform.superAdmin()
    let unknown = OrganizationID(12_345).description
    let members = await failure {
      try await platform.organizations.members(
        try await platform.grant("OrganizationService/ListMembers", root),
        organizationID: unknown, page: RequestedPage())
    }
    #expect(members == .notFound(kind: "organization", name: unknown))
    let rotate = await failure {
      try await platform.organizations.rotateInvite(
        try await platform.grant("OrganizationService/RotateInvite", root),
        organizationID: unknown)
    }
    #expect(rotate == .notFound(kind: "organization", name: unknown))
  }
}
