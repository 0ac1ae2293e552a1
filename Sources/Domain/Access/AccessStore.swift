/// Who callers are and which role may call what: the tables roles, policies, resources,
/// role_policies and memberships.
package protocol AccessStore: Sendable {
  /// A user with its memberships; nil if unknown.
  func principal(user: UserID) async throws(DomainError) -> Principal?
  /// The service account or user (`UserStore.insertKey`) of an API key; nil if unknown, revoked or
  /// expired.
  func principal(apiKeyDigest: [UInt8], now: Instant) async throws(DomainError) -> Principal?
  /// The cluster of an agent token; nil if unknown or revoked.
  func principal(agentTokenDigest: [UInt8]) async throws(DomainError) -> Principal?
  /// Every rule, by method path ("berth.v1.UserService/WhoAmI").
  func rules() async throws(DomainError) -> [String: AccessRule]
}

/// Who may call one method.
package enum AccessRule: Sendable, Equatable {
  /// Anyone, also without credentials.
  case anyone
  /// Anyone with credentials; the operation looks only at what is the caller's own.
  case authenticated
  /// These roles, in the organization that the operation concerns; and a SuperAdmin.
  case roles(Set<Role>)
  case superAdmin
  /// An agent, for its own cluster.
  case agent
}
