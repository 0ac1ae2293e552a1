/// A group of users that shares clusters and deployments; the unit of tenancy.
package struct Organization: Sendable, Equatable {
  package let id: OrganizationID
  package var name: String
  package let createdAt: Instant
  package var updatedAt: Instant

  package init(id: OrganizationID, name: String, createdAt: Instant, updatedAt: Instant) {
    self.id = id
    self.name = name
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}

/// A user's place in an organization.
package struct Member: Sendable, Equatable {
  package let organization: OrganizationID
  package let user: UserID
  package let username: String
  package let displayName: String
  package let role: Role
  package let joinedAt: Instant

  package init(
    organization: OrganizationID, user: UserID, username: String, displayName: String, role: Role,
    joinedAt: Instant
  ) {
    self.organization = organization
    self.user = user
    self.username = username
    self.displayName = displayName
    self.role = role
    self.joinedAt = joinedAt
  }
}

/// What a member may do, from most to least.
package enum Role: String, Sendable, CaseIterable {
  case admin, developer, viewer
}
