import Domain
import Testing

@Suite struct WhoAmITests {
  @Test func `a person learns who it is and where it is a member, by name`() async throws {
    let acme = try await Platform.acme()
    let platform = acme.platform
    _ = try await platform.organization("aardvark", by: acme.ada)
    let caller = try await platform.users.whoAmI(
      try await platform.grant("UserService/WhoAmI", acme.ada))
    #expect(caller.user?.username == "ada")
    #expect(caller.memberships.map(\.organization.name) == ["aardvark", "acme"])
    #expect(caller.memberships.map(\.role) == [.admin, .admin])
  }

  @Test func `all memberships are told, however many`() async throws {
    let platform = Platform()
    let ada = try await platform.person("ada")
    for index in 0..<600 { _ = try await platform.organization("org\(index)", by: ada) }
    let caller = try await platform.users.whoAmI(
      try await platform.grant("UserService/WhoAmI", ada))
    #expect(caller.memberships.count == 600)
  }

  @Test func `a service account learns its one organization, and is no person`() async throws {
    let acme = try await Platform.acme()
    let platform = acme.platform
    let made = try await platform.accounts.create(
      try await platform.grant("ServiceAccountService/CreateServiceAccount", acme.ada),
      organizationID: acme.id.description, name: "ci", role: "viewer")
    let caller = try await platform.users.whoAmI(
      try await platform.grant("UserService/WhoAmI", made.apiKey))
    #expect(caller.user == nil)
    #expect(caller.principal.identity == .serviceAccount(made.account.id))
    #expect(caller.memberships.map(\.role) == [.viewer])
  }

  @Test func `users are those who share an organization; a SuperAdmin sees all`() async throws {
    let acme = try await Platform.acme()
    let platform = acme.platform
    let bob = try await platform.member("bob", of: acme.id, role: .viewer, admin: acme.ada)
    let lone = try await platform.person("lone")
    func names(_ bearer: String) async throws -> [String] {
      try await platform.users.list(
        try await platform.grant("UserService/ListUsers", bearer), page: RequestedPage()
      ).elements.map(\.username)
    }
    #expect(try await names(acme.ada) == ["ada", "bob"])
    #expect(try await names(bob) == ["ada", "bob"])
    #expect(try await names(acme.oscar) == ["oscar"])
    #expect(try await names(lone) == ["lone"])
    let made = try await platform.accounts.create(
      try await platform.grant("ServiceAccountService/CreateServiceAccount", acme.ada),
      organizationID: acme.id.description, name: "ci")
    #expect(try await names(made.apiKey) == ["ada", "bob"])
    let root = try await platform.superAdmin()
    #expect(try await names(root) == ["ada", "bob", "lone", "oscar", "superadmin"])
  }

  @Test func `pages hold what was asked for, and go on where the last one ended`() async throws {
    let platform = Platform()
    let root = try await platform.superAdmin()
    for index in 0..<7 { _ = try await platform.person("user\(index)") }
    let grant = try await platform.grant("UserService/ListUsers", root)
    var names: [String] = []
    var token = ""
    repeat {
      let page = try await platform.users.list(grant, page: RequestedPage(size: 3, token: token))
      #expect(page.elements.count <= 3)
      names += page.elements.map(\.username)
      token = page.next ?? ""
    } while !token.isEmpty
    #expect(names == ["superadmin"] + (0..<7).map { "user\($0)" })
  }

  @Test(arguments: [-1, 501, Int.max, Int.min])
  func `a page of an impossible size is refused by field`(size: Int) async throws {
    let platform = Platform()
    let ada = try await platform.person("ada")
    let grant = try await platform.grant("UserService/ListUsers", ada)
    let long = RequestedPage(size: size, token: String(repeating: "x", count: 10_000))
    #expect(
      await refusedFields { try await platform.users.list(grant, page: long) }
        == ["page.size", "page.token"])
  }
}
