/// Organizations, their invite codes and members.
package struct Organizations: Sendable {
  private let store: any OrganizationStore
  private let access: Access
  private let digest: any SecretDigest
  private let random: any SecureRandom
  private let clock: any WallClock

  package init(
    store: any OrganizationStore, access: Access, digest: any SecretDigest,
    random: any SecureRandom, clock: any WallClock
  ) {
    self.store = store
    self.access = access
    self.digest = digest
    self.random = random
    self.clock = clock
  }

  /// Creates an organization whose admin is the caller, a person. The invite code, which grants
  /// `inviteRole` (empty: developer), is shown this once. Throws `.alreadyExists` for a name that
  /// is taken.
  package func create(
    _ grant: AccessGrant, name: String, inviteRole: String = ""
  ) async throws(DomainError) -> (organization: Organization, inviteCode: String) {
    let creator = try grant.user()
    var validation = Validation()
    validation.label(name, "name", characters: DomainLimits.organizationNameCharacters)
    let checkedRole = validation.role(inviteRole, "invite_role", standard: .developer)
    let role = try validation.passed(checkedRole)
    let now = clock.now()
    let organization = Organization(
      id: .make(at: now, random: random.next()), name: name, createdAt: now, updatedAt: now)
    let (code, codeDigest) = makeInviteCode()
    try await store.insert(
      organization, creator: creator, inviteDigest: codeDigest, inviteRole: role)
    access.changed(creator)
    return (organization, code)
  }

  /// Enrolls the caller, a person, and nobody else. Throws `.notFound` for a code that does not
  /// hold, `.alreadyExists` for a member.
  package func join(
    _ grant: AccessGrant, inviteCode: String
  ) async throws(DomainError) -> (organization: Organization, role: Role) {
    let user = try grant.user()
    guard !inviteCode.isEmpty else { throw .invalid([Violation("invite_code", "is required")]) }
    guard let code = SecretText.canonicalInviteCode(inviteCode) else {
      throw .invalid([Violation("invite_code", "must be 26 letters and digits, with or without -")])
    }
    guard
      let joined = try await store.join(
        inviteDigest: digest.digest(code), user: user, now: clock.now())
    else { throw .notFound(kind: "organization", name: "of this invite code") }
    access.changed(user)
    return joined
  }

  /// Replaces the code that grants `role` (empty: developer); the old one ends at once, the new one
  /// is shown this once.
  package func rotateInvite(
    _ grant: AccessGrant, organizationID: String, role: String = ""
  ) async throws(DomainError) -> String {
    var validation = Validation()
    let checkedID = validation.identifier(organizationID, "organization_id", of: Organization.self)
    let checkedRole = validation.role(role, "role", standard: .developer)
    let (id, role) = try validation.passed(checkedID, checkedRole)
    let organization = try await authorize(grant, id)
    guard organization.mayGrant(role) else { throw Self.aboveOwn(role) }
    let (code, codeDigest) = makeInviteCode()
    try await store.rotateInvite(
      organization.id, digest: codeDigest, role: role, now: clock.now())
    return code
  }

  /// The caller's own, by name; all for a SuperAdmin.
  package func list(
    _ grant: AccessGrant, page: RequestedPage
  ) async throws(DomainError) -> Page<Organization> {
    var validation = Validation()
    let checkedPage = validation.page(page)
    let page = try validation.passed(checkedPage)
    return try await store.organizations(in: grant.visible, page: page)
  }

  /// The members of one organization, by username.
  package func members(
    _ grant: AccessGrant, organizationID: String, page: RequestedPage
  ) async throws(DomainError) -> Page<Member> {
    var validation = Validation()
    let checkedID = validation.identifier(organizationID, "organization_id", of: Organization.self)
    let checkedPage = validation.page(page)
    let (id, page) = try validation.passed(checkedID, checkedPage)
    let organization = try await authorize(grant, id)
    return try await store.members(organization.id, page: page)
  }

  /// Changes a member's role. Throws `.notFound` for a user who is no member, `.failedPrecondition`
  /// if no admin would be left.
  package func setRole(
    _ grant: AccessGrant, organizationID: String, userID: String, role: String
  ) async throws(DomainError) -> Member {
    var validation = Validation()
    let checkedID = validation.identifier(organizationID, "organization_id", of: Organization.self)
    let checkedUser = validation.identifier(userID, "user_id", of: User.self)
    let checkedRole = validation.role(role, "role", standard: nil)
    let (id, user, role) = try validation.passed(checkedID, checkedUser, checkedRole)
    let organization = try await authorize(grant, id)
    guard organization.mayGrant(role) else { throw Self.aboveOwn(role) }
    let member = try await store.setRole(
      organization.id, user: user, role: role, now: clock.now())
    guard let member else { throw .notFound(kind: "member", name: user.description) }
    access.changed(user)
    return member
  }

  /// Ends a membership. Throws as `setRole` does.
  package func removeMember(
    _ grant: AccessGrant, organizationID: String, userID: String
  ) async throws(DomainError) {
    var validation = Validation()
    let checkedID = validation.identifier(organizationID, "organization_id", of: Organization.self)
    let checkedUser = validation.identifier(userID, "user_id", of: User.self)
    let (id, user) = try validation.passed(checkedID, checkedUser)
    let organization = try await authorize(grant, id)
    guard try await store.removeMember(organization.id, user: user) else {
      throw .notFound(kind: "member", name: user.description)
    }
    access.changed(user)
  }

  /// A member's organization exists; a SuperAdmin may name one that does not.
  private func authorize(
    _ grant: AccessGrant, _ id: OrganizationID
  ) async throws(DomainError) -> AuthorizedOrganization {
    let organization = try grant.authorize(id)
    if organization.role == nil, try await store.organization(id) == nil {
      throw .notFound(kind: "organization", name: id.description)
    }
    return organization
  }

  private func makeInviteCode() -> (code: String, digest: [UInt8]) {
    let code = SecretText.inviteCode(random: random)
    return (code, digest.digest(SecretText.canonicalInviteCode(code) ?? code))
  }

  private static func aboveOwn(_ role: Role) -> DomainError {
    .permissionDenied("the role \(role.rawValue) is above your own")
  }
}
