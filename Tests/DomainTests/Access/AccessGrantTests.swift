import Domain
import Testing

@Suite struct AccessGrantTests {
  static let home = OrganizationID(1)
  static let other = OrganizationID(2)

  static func user(_ role: Role?, superAdmin: Bool = false) -> Principal {
    Principal(
      identity: .user(UserID(7)), name: "ada", isSuperAdmin: superAdmin,
      memberships: role.map { [home: $0] } ?? [:])
  }

  static let agent = Principal(identity: .agent(ClusterID(9)), name: "c1")
  static let account = Principal(
    identity: .serviceAccount(ServiceAccountID(8)), name: "ci", memberships: [home: .developer])

  func grant(_ rule: AccessRule?, _ principal: Principal?) throws(DomainError) -> AccessGrant {
    try AccessGrant(method: "berth.v1.S/M", rule: rule, principal: principal)
  }

  @Test func `a method without a rule is refused, also to a SuperAdmin`() async throws {
    for principal in [nil, Self.user(.admin), Self.user(nil, superAdmin: true)] {
      let error = await failure { try grant(nil, principal) }
      #expect(error?.isPermissionDenied == true)
    }
  }

  @Test func `without credentials only what anyone may call is let through`() async throws {
    #expect(try grant(.anyone, nil).scope == .organizations([]))
    for rule: AccessRule in [.authenticated, .roles([.viewer]), .superAdmin, .agent] {
      let error = await failure { try grant(rule, nil) }
      #expect(error?.isUnauthenticated == true)
    }
  }

  @Test func `only a SuperAdmin passes its rule and only an agent the agent's`() async throws {
    #expect(try grant(.superAdmin, Self.user(nil, superAdmin: true)).scope == .all)
    #expect(try grant(.agent, Self.agent).agentCluster() == ClusterID(9))
    let refused: [(AccessRule, Principal)] = [
      (.superAdmin, Self.user(.admin)), (.superAdmin, Self.account), (.superAdmin, Self.agent),
      (.agent, Self.user(nil, superAdmin: true)), (.agent, Self.account),
      (.roles([.admin, .developer, .viewer]), Self.agent),
    ]
    for (rule, principal) in refused {
      let error = await failure { try grant(rule, principal) }
      #expect(error?.isPermissionDenied == true, "\(rule) \(principal.name)")
    }
  }

  @Test(arguments: Role.allCases, Role.allCases)
  func `a role is let exactly where the rule names it`(held: Role, named: Role) async throws {
    let grant = try grant(.roles([named]), Self.user(held))
    #expect(grant.scope == .organizations(held == named ? [Self.home] : []))
    #expect(grant.visible == .organizations([Self.home]))
    let error = await failure { try grant.authorize(Self.home) }
    if held == named {
      #expect(error == nil)
      #expect(try grant.authorize(Self.home).role == held)
    } else {
      #expect(error?.isPermissionDenied == true)
    }
  }

  @Test func `an outsider is told that there is no such organization`() async throws {
    let grant = try grant(.roles([.admin]), Self.user(.admin))
    let error = await failure { try grant.authorize(Self.other) }
    #expect(error == .notFound(kind: "organization", name: Self.other.description))
    let scope = await failure { try grant.scope(of: Self.other) }
    #expect(scope?.isNotFound == true)
    #expect(try grant.scope(of: Self.home) == .organizations([Self.home]))
    #expect(try grant.scope(of: nil) == .organizations([Self.home]))
  }

  @Test func `a SuperAdmin is let everywhere without being a member`() throws {
    let grant = try grant(.roles([.admin]), Self.user(nil, superAdmin: true))
    #expect(grant.scope == .all && grant.visible == .all)
    #expect(try grant.authorize(Self.other).role == nil)
    #expect(try grant.authorize(Self.other).mayGrant(.admin))
    #expect(try grant.scope(of: Self.other) == .organizations([Self.other]))
  }

  @Test func `only a person is a user`() async throws {
    #expect(try grant(.authenticated, Self.user(nil)).user() == UserID(7))
    for principal in [Self.account, Self.agent] {
      let grant = try grant(.authenticated, principal)
      let error = await failure { try grant.user() }
      #expect(error?.isPermissionDenied == true)
    }
  }

  @Test func `who called is written so that no username can pose as an account`() throws {
    #expect(try grant(.authenticated, Self.user(nil)).callerName == "ada")
    #expect(try grant(.authenticated, Self.account).callerName == "service-account:ci")
    #expect(try grant(.authenticated, Self.agent).callerName == "agent:c1")
    #expect(try grant(.anyone, nil).callerName == "anyone")
  }

  @Test(arguments: Role.allCases, Role.allCases)
  func `nobody hands out more than they have`(own: Role, given: Role) throws {
    let order: [Role: Int] = [.admin: 3, .developer: 2, .viewer: 1]
    let organization = try grant(.roles([own]), Self.user(own)).authorize(Self.home)
    #expect(organization.mayGrant(given) == (order[own]! >= order[given]!))
  }
}
