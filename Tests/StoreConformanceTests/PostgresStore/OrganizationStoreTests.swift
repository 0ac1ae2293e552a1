internal import Domain
internal import PostgresStore
internal import TestSupport
internal import Testing

@Suite(.timeLimit(.minutes(5))) struct OrganizationStoreTests {
  @Test(arguments: Way.allCases)
  func `its creator is its admin, and a code enrolls with its role`(way: Way) async throws {
    try await StoreFixture.with(way) { fixture in
      let store = fixture.store
      let (organization, admin, invite) = try await store.makeOrganization()
      let user = try await store.makeUser()
      let joined = try await store.organizations.join(
        inviteDigest: invite, user: user.id, now: Make.now)
      #expect(joined?.organization == organization)
      #expect(joined?.role == .developer)
      let unknown = try await store.organizations.join(
        inviteDigest: Make.digest(), user: user.id, now: Make.now)
      #expect(unknown == nil)
      let members = try await store.organizations.members(
        organization.id, page: PageRequest(size: 10, token: nil)
      ).elements
      #expect(Set(members.map(\.user)) == [admin.id, user.id])
      #expect(members.first { $0.user == admin.id }?.role == .admin)
      #expect(members.first { $0.user == user.id }?.role == .developer)
    }
  }

  @Test func `of many joins of one user exactly one makes a membership`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let (organization, _, invite) = try await store.makeOrganization()
      let user = try await store.makeUser()
      let outcomes = await withTaskGroup(of: Bool.self) { group in
        for _ in 0..<24 {
          group.addTask {
            do throws(DomainError) {
              return try await store.organizations.join(
                inviteDigest: invite, user: user.id, now: Make.now) != nil
            } catch {
              return error != .alreadyExists(kind: "member", name: user.id.description)
            }
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(outcomes.count { $0 } == 1)
      #expect(
        try await fixture.database.query(
          "SELECT count(*) FROM memberships WHERE organization_id = '\(organization.id)'")
          == [["2"]])
    }
  }

  @Test func `of many of one name exactly one is made, and nothing is left of the others`()
    async throws
  {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let user = try await store.makeUser()
      let outcomes = await withTaskGroup(of: Bool.self) { group in
        for _ in 0..<16 {
          group.addTask {
            do throws(DomainError) {
              try await store.organizations.insert(
                Make.organization("one"), creator: user.id, inviteDigest: Make.digest(),
                inviteRole: .viewer)
              return true
            } catch {
              return error != .alreadyExists(kind: "organization", name: "one")
            }
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(outcomes.count { $0 } == 1)
      #expect(
        try await fixture.database.query(
          """
          SELECT (SELECT count(*) FROM organizations), (SELECT count(*) FROM memberships),
            (SELECT count(*) FROM invites)
          """) == [["1", "1", "1"]])
    }
  }

  @Test func `a rotated code replaces the one of its role alone`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let (organization, _, old) = try await store.makeOrganization()
      let (viewers, new) = (Make.digest(), Make.digest())
      try await store.organizations.rotateInvite(
        organization.id, digest: viewers, role: .viewer, now: Make.now)
      try await store.organizations.rotateInvite(
        organization.id, digest: new, role: .developer, now: Make.now)
      func role(_ digest: [UInt8]) async throws -> Role? {
        let user = try await store.makeUser()
        return try await store.organizations.join(
          inviteDigest: digest, user: user.id, now: Make.now)?.role
      }
      #expect(try await role(old) == nil)
      #expect(try await role(new) == .developer)
      #expect(try await role(viewers) == .viewer)
      await #expect(throws: DomainError.self) {
        try await store.organizations.rotateInvite(
          Make.id(), digest: Make.digest(), role: .viewer, now: Make.now)
      }
    }
  }

  @Test(arguments: Way.allCases)
  func `listings show the scope alone, by name, page by page`(way: Way) async throws {
    try await StoreFixture.with(way) { fixture in
      let store = fixture.store
      var mine: [Organization] = []
      for _ in 0..<5 { mine.append(try await store.makeOrganization().organization) }
      _ = try await store.makeOrganization()
      let scope = TenantScope.organizations(Set(mine.map(\.id)))
      let listed = try await [Organization].everyPage(size: 2) {
        try await store.organizations.organizations(in: scope, page: $0)
      }
      #expect(listed == mine.sorted { $0.name < $1.name })
      let all = try await [Organization].everyPage(size: 4) {
        try await store.organizations.organizations(in: .all, page: $0)
      }
      #expect(all.count == 6)
      #expect(try await store.organizations.organization(mine[0].id) == mine[0])
      #expect(try await store.organizations.organization(Make.id()) == nil)
    }
  }

  @Test func `two admins who demote or remove each other at once leave one`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      for round in 0..<8 {
        let (organization, first, invite) = try await store.makeOrganization()
        let second = try await store.makeUser()
        _ = try await store.organizations.join(
          inviteDigest: invite, user: second.id, now: Make.now)
        let promoted = try await store.organizations.setRole(
          organization.id, user: second.id, role: .admin, now: Make.now)
        #expect(promoted?.role == .admin)
        let outcomes = await withTaskGroup(of: Bool.self) { group in
          for user in [first, second] {
            group.addTask {
              do throws(DomainError) {
                if round.isMultiple(of: 2) {
                  return try await store.organizations.removeMember(
                    organization.id, user: user.id)
                }
                return try await store.organizations.setRole(
                  organization.id, user: user.id, role: .viewer, now: Make.now)?.role == .viewer
              } catch {
                guard case .failedPrecondition = error else { return true }
                return false
              }
            }
          }
          return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0 } == 1)
        #expect(
          try await fixture.database.query(
            """
            SELECT count(*) FROM memberships
            WHERE organization_id = '\(organization.id)' AND role = 'admin'
            """) == [["1"]])
      }
    }
  }

  @Test func `a stranger has no role to change and no membership to end`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let organization = try await store.makeOrganization().organization
      let stranger = try await store.makeUser()
      #expect(
        try await store.organizations.setRole(
          organization.id, user: stranger.id, role: .admin, now: Make.now) == nil)
      #expect(
        try await store.organizations.removeMember(organization.id, user: stranger.id) == false)
    }
  }
}
