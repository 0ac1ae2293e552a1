import Domain

extension MemoryDatabase: OrganizationStore {
  func insert(
    _ organization: Organization, creator: UserID, inviteDigest: [UInt8], inviteRole: Role
  ) async throws(DomainError) {
    try with { state throws(DomainError) in
      guard !state.organizations.values.contains(where: { $0.name == organization.name }) else {
        throw .alreadyExists(kind: "organization", name: organization.name)
      }
      state.organizations[organization.id] = organization
      state.invites[Invite(organization: organization.id, role: inviteRole)] = inviteDigest
      state.members[organization.id] = [
        creator: Membership(role: .admin, joinedAt: organization.createdAt)
      ]
    }
  }

  func join(
    inviteDigest: [UInt8], user: UserID, now: Instant
  ) async throws(DomainError) -> (organization: Organization, role: Role)? {
    let joined: Joined? = try with { state throws(DomainError) in
      guard let invite = state.invites.first(where: { $0.value == inviteDigest })?.key,
        let organization = state.organizations[invite.organization]
      else { return nil }
      guard state.members[organization.id]?[user] == nil else {
        throw .alreadyExists(kind: "member", name: user.description)
      }
      state.members[organization.id]?[user] = Membership(role: invite.role, joinedAt: now)
      return Joined(organization: organization, role: invite.role)
    }
    return joined.map { ($0.organization, $0.role) }
  }

  private struct Joined {
    let organization: Organization
    let role: Role
  }

  func rotateInvite(
    _ organization: OrganizationID, digest: [UInt8], role: Role, now: Instant
  ) async throws(DomainError) {
    with { state in
      state.invites[Invite(organization: organization, role: role)] = digest
    }
  }

  func organization(_ id: OrganizationID) async throws(DomainError) -> Organization? {
    with { state in state.organizations[id] }
  }

  func organizations(
    in scope: TenantScope, page: PageRequest
  ) async throws(DomainError) -> Page<Organization> {
    let found = with { state in state.organizations.values.filter { scope.contains($0.id) } }
    return try Self.page(found.sorted { $0.name < $1.name }, page)
  }

  func members(
    _ organization: OrganizationID, page: PageRequest
  ) async throws(DomainError) -> Page<Member> {
    let members = with { state in
      state.members[organization, default: [:]].keys.compactMap {
        Self.member(organization, $0, state)
      }
    }
    return try Self.page(members.sorted { $0.username < $1.username }, page)
  }

  func setRole(
    _ organization: OrganizationID, user: UserID, role: Role, now: Instant
  ) async throws(DomainError) -> Member? {
    try with { state throws(DomainError) in
      guard state.members[organization]?[user] != nil else { return nil }
      if role != .admin { try Self.requireAnotherAdmin(organization, than: user, state) }
      state.members[organization]?[user]?.role = role
      return Self.member(organization, user, state)
    }
  }

  func removeMember(
    _ organization: OrganizationID, user: UserID
  ) async throws(DomainError) -> Bool {
    try with { state throws(DomainError) in
      guard state.members[organization]?[user] != nil else { return false }
      try Self.requireAnotherAdmin(organization, than: user, state)
      state.members[organization]?[user] = nil
      return true
    }
  }

  private static func requireAnotherAdmin(
    _ organization: OrganizationID, than user: UserID, _ state: State
  ) throws(DomainError) {
    let members = state.members[organization, default: [:]]
    guard members[user]?.role == .admin else { return }
    guard members.contains(where: { $0.key != user && $0.value.role == .admin }) else {
      throw .failedPrecondition("an organization needs an admin: make another member one first")
    }
  }

  private static func member(
    _ organization: OrganizationID, _ id: UserID, _ state: State
  ) -> Member? {
    guard let membership = state.members[organization]?[id], let user = state.users[id]?.user
    else { return nil }
    return Member(
      organization: organization, user: id, username: user.username,
      displayName: user.displayName, role: membership.role, joinedAt: membership.joinedAt)
  }
}
