/// Organizations, invite codes and memberships.
package protocol OrganizationStore: Sendable {
  /// Creates the organization, its first invite code and its creator's membership at once. Throws
  /// `.alreadyExists` for a name that is taken.
  func insert(
    _ organization: Organization, creator: UserID, inviteDigest: [UInt8], inviteRole: Role
  ) async throws(DomainError)
  /// Enrolls `user` by a code; nil if no code has that digest. Throws `.alreadyExists` for a
  /// member.
  func join(
    inviteDigest: [UInt8], user: UserID, now: Instant
  ) async throws(DomainError) -> (organization: Organization, role: Role)?
  /// Replaces the code that grants `role`.
  func rotateInvite(
    _ organization: OrganizationID, digest: [UInt8], role: Role, now: Instant
  ) async throws(DomainError)
  func organization(_ id: OrganizationID) async throws(DomainError) -> Organization?
  /// Those of `scope`, by name.
  func organizations(
    in scope: TenantScope, page: PageRequest
  ) async throws(DomainError) -> Page<Organization>
  /// By username.
  func members(
    _ organization: OrganizationID, page: PageRequest
  ) async throws(DomainError) -> Page<Member>
  /// Nil for a user who is no member. Throws `.failedPrecondition` if no admin would be left.
  func setRole(
    _ organization: OrganizationID, user: UserID, role: Role, now: Instant
  ) async throws(DomainError) -> Member?
  /// False for a user who is no member. Throws `.failedPrecondition` if no admin would be left.
  func removeMember(
    _ organization: OrganizationID, user: UserID
  ) async throws(DomainError) -> Bool
}
