/// Who calls, and where it may.
package struct Principal: Sendable, Equatable {
  package enum Identity: Sendable, Hashable {
    case user(UserID)
    case serviceAccount(ServiceAccountID)
    case agent(ClusterID)
  }

  package let identity: Identity
  /// For people: username, account name, cluster name.
  package let name: String
  package let isSuperAdmin: Bool
  package let memberships: [OrganizationID: Role]
  /// The organizations that exist for it, whatever its role there: made once, asked for by every
  /// call.
  package let visible: TenantScope
  /// When its credentials end, for those that do.
  package let expiresAt: Instant?

  package init(
    identity: Identity, name: String, isSuperAdmin: Bool = false,
    memberships: [OrganizationID: Role] = [:], expiresAt: Instant? = nil
  ) {
    self.identity = identity
    self.name = name
    self.isSuperAdmin = isSuperAdmin
    self.memberships = memberships
    visible = isSuperAdmin ? .all : .organizations(Set(memberships.keys))
    self.expiresAt = expiresAt
  }

  /// The name as it is written down: a username, or "service-account:NAME", which no username is.
  package var callerName: String {
    switch identity {
    case .user: name
    case .serviceAccount: "service-account:\(name)"
    case .agent: "agent:\(name)"
    }
  }
}

/// Which organizations' objects exist for a caller. Every query of a tenant's object takes one.
package enum TenantScope: Sendable, Equatable {
  case all
  case organizations(Set<OrganizationID>)

  package func contains(_ organization: OrganizationID) -> Bool {
    switch self {
    case .all: true
    case .organizations(let set): set.contains(organization)
    }
  }
}
