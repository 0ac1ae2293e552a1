package import Domain
package import Messages
package import RPCServer
package import Wire

/// `berth.v1.ServiceAccountService` over the domain's service accounts.
package struct ServiceAccountHandlers: ServiceAccountServiceHandler {
  private let accounts: ServiceAccounts

  package init(_ accounts: ServiceAccounts) { self.accounts = accounts }

  package func createServiceAccount(
    _ request: CreateServiceAccountRequest, context: CallContext
  ) async throws(RPCStatus) -> CreateServiceAccountResponse {
    let created = try await context.granted { grant async throws(DomainError) in
      try await accounts.create(
        grant, organizationID: request.organizationID, name: request.name, role: request.role,
        timeToLive: request.timeToLive.map { Duration($0) })
    }
    return CreateServiceAccountResponse(
      serviceAccount: Messages.ServiceAccount(created.account), apiKey: created.apiKey)
  }

  package func listServiceAccounts(
    _ request: ListServiceAccountsRequest, context: CallContext
  ) async throws(RPCStatus) -> ListServiceAccountsResponse {
    let page = try await context.granted { grant async throws(DomainError) in
      try await accounts.list(
        grant, organizationID: request.organizationID, page: RequestedPage(request.page))
    }
    return ListServiceAccountsResponse(
      serviceAccounts: page.elements.map(Messages.ServiceAccount.init),
      nextPageToken: page.next ?? "")
  }

  package func revokeServiceAccount(
    _ request: RevokeServiceAccountRequest, context: CallContext
  ) async throws(RPCStatus) -> RevokeServiceAccountResponse {
    let account = try await context.granted { grant async throws(DomainError) in
      try await accounts.revoke(grant, id: request.id)
    }
    return RevokeServiceAccountResponse(serviceAccount: Messages.ServiceAccount(account))
  }
}
