package import Domain
package import Messages
package import RPCServer
package import Wire

/// `berth.v1.OrganizationService` over the domain's organizations.
package struct OrganizationHandlers: OrganizationServiceHandler {
  private let organizations: Organizations
  private let quotas: Quotas

  package init(_ organizations: Organizations, quotas: Quotas) {
    self.organizations = organizations
    self.quotas = quotas
  }

  package func setOrganizationQuota(
    _ request: SetOrganizationQuotaRequest, context: CallContext
  ) async throws(RPCStatus) -> SetOrganizationQuotaResponse {
    let usage = try await context.granted { grant async throws(DomainError) in
      try await quotas.set(
        grant,
        OrganizationQuotaDraft(
          organizationID: request.organizationID, limit: RequestedCeiling(request.limit),
          queuedLimit: request.queuedLimit, weightMillis: request.weightMillis))
    }
    return SetOrganizationQuotaResponse(quota: Messages.OrganizationQuota(usage))
  }

  package func getOrganizationQuota(
    _ request: GetOrganizationQuotaRequest, context: CallContext
  ) async throws(RPCStatus) -> GetOrganizationQuotaResponse {
    let usage = try await context.granted { grant async throws(DomainError) in
      try await quotas.get(grant, organizationID: request.organizationID)
    }
    return GetOrganizationQuotaResponse(quota: Messages.OrganizationQuota(usage))
  }

  package func createOrganization(
    _ request: CreateOrganizationRequest, context: CallContext
  ) async throws(RPCStatus) -> CreateOrganizationResponse {
    let created = try await context.granted { grant async throws(DomainError) in
      try await organizations.create(grant, name: request.name, inviteRole: request.inviteRole)
    }
    return CreateOrganizationResponse(
      organization: Messages.Organization(created.organization), inviteCode: created.inviteCode)
  }

  package func joinOrganization(
    _ request: JoinOrganizationRequest, context: CallContext
  ) async throws(RPCStatus) -> JoinOrganizationResponse {
    let joined = try await context.granted { grant async throws(DomainError) in
      try await organizations.join(grant, inviteCode: request.inviteCode)
    }
    return JoinOrganizationResponse(
      organization: Messages.Organization(joined.organization), role: joined.role.rawValue)
  }

  package func rotateInvite(
    _ request: RotateInviteRequest, context: CallContext
  ) async throws(RPCStatus) -> RotateInviteResponse {
    let code = try await context.granted { grant async throws(DomainError) in
      try await organizations.rotateInvite(
        grant, organizationID: request.organizationID, role: request.role)
    }
    return RotateInviteResponse(inviteCode: code)
  }

  package func listOrganizations(
    _ request: ListOrganizationsRequest, context: CallContext
  ) async throws(RPCStatus) -> ListOrganizationsResponse {
    let page = try await context.granted { grant async throws(DomainError) in
      try await organizations.list(grant, page: RequestedPage(request.page))
    }
    return ListOrganizationsResponse(
      organizations: page.elements.map(Messages.Organization.init),
      nextPageToken: page.next ?? "")
  }

  package func listMembers(
    _ request: ListMembersRequest, context: CallContext
  ) async throws(RPCStatus) -> ListMembersResponse {
    let page = try await context.granted { grant async throws(DomainError) in
      try await organizations.members(
        grant, organizationID: request.organizationID, page: RequestedPage(request.page))
    }
    return ListMembersResponse(
      members: page.elements.map(Messages.Member.init), nextPageToken: page.next ?? "")
  }

  package func setMemberRole(
    _ request: SetMemberRoleRequest, context: CallContext
  ) async throws(RPCStatus) -> SetMemberRoleResponse {
    let member = try await context.granted { grant async throws(DomainError) in
      try await organizations.setRole(
        grant, organizationID: request.organizationID, userID: request.userID, role: request.role)
    }
    return SetMemberRoleResponse(member: Messages.Member(member))
  }

  package func removeMember(
    _ request: RemoveMemberRequest, context: CallContext
  ) async throws(RPCStatus) -> RemoveMemberResponse {
    try await context.granted { grant async throws(DomainError) in
      try await organizations.removeMember(
        grant, organizationID: request.organizationID, userID: request.userID)
    }
    return RemoveMemberResponse()
  }
}
