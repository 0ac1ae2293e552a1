/// The proof that a caller may do what it asks in one organization. Only `AccessGrant` makes one.
package struct AuthorizedOrganization: Sendable, Equatable {
  package let id: OrganizationID
  /// The caller's role there; nil: a SuperAdmin, of whom the organization's existence is not known.
  package let role: Role?

  init(id: OrganizationID, role: Role?) {
    self.id = id
    self.role = role
  }

  /// Whether the caller may hand out `role`: nobody hands out more than they have.
  package func mayGrant(_ role: Role) -> Bool {
    guard let own = self.role else { return true }
    return own.includes(role)
  }
}

extension Role {
  /// Whether it may do everything that `other` may.
  package func includes(_ other: Role) -> Bool {
    switch (self, other) {
    case (.admin, _), (_, .viewer), (.developer, .developer): true
    case (.developer, .admin), (.viewer, .admin), (.viewer, .developer): false
    }
  }
}
