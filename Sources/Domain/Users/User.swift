/// A person who signed up.
package struct User: Sendable, Equatable {
  package let id: UserID
  package var username: String
  package var displayName: String
  /// Across organizations; made at first start, never by a call.
  package var isSuperAdmin: Bool
  package let createdAt: Instant
  package var updatedAt: Instant

  package init(
    id: UserID, username: String, displayName: String, isSuperAdmin: Bool = false,
    createdAt: Instant, updatedAt: Instant
  ) {
    self.id = id
    self.username = username
    self.displayName = displayName
    self.isSuperAdmin = isSuperAdmin
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}

/// A user with the hash of its password.
package struct StoredCredentials: Sendable, Equatable {
  package let user: User
  /// PHC string.
  package let passwordHash: String

  package init(user: User, passwordHash: String) {
    self.user = user
    self.passwordHash = passwordHash
  }
}
