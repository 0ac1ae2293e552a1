/// The leave to call one method, with what the caller may touch by it.
package struct AccessGrant: Sendable, Equatable {
  /// The method's path, for example "berth.v1.UserService/WhoAmI".
  package let method: String
  package let rule: AccessRule
  /// Nil: a caller without credentials, of a method that anyone may call.
  package let principal: Principal?

  /// Decides. A method without a rule is refused. Throws `.unauthenticated` where credentials are
  /// missing, `.permissionDenied` where they do not suffice.
  package init(method: String, rule: AccessRule?, principal: Principal?) throws(DomainError) {
    guard let rule else {
      throw .permissionDenied("no rule lets anyone call \(method)")
    }
    self.method = method
    self.rule = rule
    self.principal = principal
    if rule == .anyone { return }
    guard let principal else {
      throw .unauthenticated("\(method) needs credentials: send a token")
    }
    switch (rule, principal.identity) {
    case (.anyone, _), (.authenticated, _), (.agent, .agent): break
    case (.roles, .user), (.roles, .serviceAccount): break
    case (.superAdmin, _) where principal.isSuperAdmin: break
    case (.superAdmin, _): throw .permissionDenied("only a SuperAdmin may call \(method)")
    case (.agent, _): throw .permissionDenied("only an agent may call \(method)")
    case (.roles, .agent): throw .permissionDenied("an agent may not call \(method)")
    }
  }

  /// The organizations where the caller has a role that the rule permits; all for a SuperAdmin.
  package var scope: TenantScope {
    guard let principal else { return .organizations([]) }
    if principal.isSuperAdmin { return .all }
    return .organizations(
      Set(principal.memberships.lazy.filter { permits($0.value) }.map(\.key)))
  }

  /// The organizations that exist for the caller, whatever its role there.
  package var visible: TenantScope {
    principal?.visible ?? .organizations([])
  }

  /// Throws `.notFound` for an outsider, who learns nothing, and `.permissionDenied` for a member
  /// whose role does not suffice.
  package func authorize(
    _ organization: OrganizationID
  ) throws(DomainError) -> AuthorizedOrganization {
    if principal?.isSuperAdmin == true {
      return AuthorizedOrganization(id: organization, role: nil)
    }
    guard let role = principal?.memberships[organization] else {
      throw .notFound(kind: "organization", name: organization.description)
    }
    guard permits(role) else {
      throw .permissionDenied("the role \(role.rawValue) may not call \(method)")
    }
    return AuthorizedOrganization(id: organization, role: role)
  }

  /// The caller as a person. Throws `.permissionDenied` for a service account or an agent.
  package func user() throws(DomainError) -> UserID {
    guard let principal else { throw .unauthenticated("\(method) needs credentials: send a token") }
    guard case .user(let id) = principal.identity else {
      throw .permissionDenied("only a person may call \(method), with a token of theirs")
    }
    return id
  }

  /// The cluster that the calling agent serves. Throws `.permissionDenied` for anyone else.
  package func agentCluster() throws(DomainError) -> ClusterID {
    guard case .agent(let cluster) = principal?.identity else {
      throw .permissionDenied("only an agent may call \(method)")
    }
    return cluster
  }

  /// Who called, as it is written down: a username, or "service-account:NAME", which no username
  /// is.
  package var callerName: String { principal?.callerName ?? "anyone" }

  private func permits(_ role: Role) -> Bool {
    switch rule {
    case .roles(let roles): roles.contains(role)
    case .anyone, .authenticated: true
    case .superAdmin, .agent: false
    }
  }
}

extension AccessGrant {
  /// Where a listing looks: one organization, which is authorized, or for nil all where the caller
  /// has a permitted role.
  package func scope(of organization: OrganizationID?) throws(DomainError) -> TenantScope {
    guard let organization else { return scope }
    return .organizations([try authorize(organization).id])
  }
}
