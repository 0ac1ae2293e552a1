package import Domain
package import Messages
package import RPCServer
package import Wire

/// `berth.v1.UserService` over the domain's users.
package struct UserHandlers: UserServiceHandler {
  private let users: Users

  package init(_ users: Users) { self.users = users }

  package func createUser(
    _ request: CreateUserRequest, context: CallContext
  ) async throws(RPCStatus) -> CreateUserResponse {
    let user = try await context.mapping { () async throws(DomainError) in
      try await users.create(
        username: request.username, displayName: request.displayName, password: request.password)
    }
    return CreateUserResponse(user: Messages.User(user))
  }

  package func login(
    _ request: LoginRequest, context: CallContext
  ) async throws(RPCStatus) -> LoginResponse {
    let login = try await context.mapping { () async throws(DomainError) in
      try await users.login(username: request.username, password: request.password)
    }
    return LoginResponse(user: Messages.User(login.user), tokens: Tokens(login.tokens))
  }

  package func refreshToken(
    _ request: RefreshTokenRequest, context: CallContext
  ) async throws(RPCStatus) -> RefreshTokenResponse {
    let tokens = try await context.mapping { () async throws(DomainError) in
      try await users.refresh(request.refreshToken)
    }
    return RefreshTokenResponse(tokens: Tokens(tokens))
  }

  package func whoAmI(
    _ request: WhoAmIRequest, context: CallContext
  ) async throws(RPCStatus) -> WhoAmIResponse {
    let caller = try await context.granted { grant async throws(DomainError) in
      try await users.whoAmI(grant)
    }
    return WhoAmIResponse(caller)
  }

  package func listUsers(
    _ request: ListUsersRequest, context: CallContext
  ) async throws(RPCStatus) -> ListUsersResponse {
    let page = try await context.granted { grant async throws(DomainError) in
      try await users.list(grant, page: RequestedPage(request.page))
    }
    return ListUsersResponse(
      users: page.elements.map(Messages.User.init), nextPageToken: page.next ?? "")
  }
}

extension Tokens {
  fileprivate init(_ pair: TokenPair) {
    self.init(
      accessToken: pair.accessToken, refreshToken: pair.refreshToken,
      accessExpiresAt: Timestamp(pair.accessExpiresAt),
      refreshExpiresAt: Timestamp(pair.refreshExpiresAt))
  }
}

extension WhoAmIResponse {
  fileprivate init(_ caller: Caller) {
    let (kind, id): (Kind, String) =
      switch caller.principal.identity {
      case .user(let id): (.user, id.description)
      case .serviceAccount(let id): (.serviceAccount, id.description)
      case .agent(let id): (.agent, id.description)
      }
    self.init(
      kind: kind, id: id, name: caller.principal.name, user: caller.user.map(Messages.User.init),
      memberships: caller.memberships.map { membership in
        Membership(
          organizationID: membership.organization.id.description,
          organizationName: membership.organization.name, role: membership.role.rawValue)
      })
  }
}
