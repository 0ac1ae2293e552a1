/// The answer to "who am I".
package struct Caller: Sendable, Equatable {
  package struct Membership: Sendable, Equatable {
    package let organization: Organization
    package let role: Role
  }

  package let principal: Principal
  /// Set for a person.
  package let user: User?
  /// By the organization's name.
  package let memberships: [Membership]
}
