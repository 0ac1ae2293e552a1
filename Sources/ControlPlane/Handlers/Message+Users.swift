internal import Domain
internal import Messages

extension Messages.Timestamp {
  init(_ instant: Instant) { self.init(microseconds: instant.microseconds) }
}

extension Messages.User {
  init(_ user: Domain.User) {
    self.init(
      id: user.id.description, username: user.username, displayName: user.displayName,
      superAdmin: user.isSuperAdmin, createdAt: Timestamp(user.createdAt),
      updatedAt: Timestamp(user.updatedAt))
  }
}

extension Messages.Organization {
  init(_ organization: Domain.Organization) {
    self.init(
      id: organization.id.description, name: organization.name,
      createdAt: Timestamp(organization.createdAt), updatedAt: Timestamp(organization.updatedAt))
  }
}

extension Messages.Member {
  init(_ member: Domain.Member) {
    self.init(
      organizationID: member.organization.description, userID: member.user.description,
      username: member.username, displayName: member.displayName, role: member.role.rawValue,
      joinedAt: Timestamp(member.joinedAt))
  }
}

extension Messages.ServiceAccount {
  init(_ account: Domain.ServiceAccount) {
    self.init(
      id: account.id.description, organizationID: account.organization.description,
      name: account.name, role: account.role.rawValue, revoked: account.revokedAt != nil,
      createdAt: Timestamp(account.createdAt), expiresAt: Timestamp(account.expiresAt))
  }
}
