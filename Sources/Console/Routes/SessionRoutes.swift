package import Gateway
package import Hummingbird
import HTTPTypes
import struct NIOCore.ByteBuffer
import Messages
package import RPCClient
import Wire

/// Signing in, up and out.
package struct SessionRoutes: Sendable {
  private let channel: Channel
  private let sessions: ConsoleSessions
  private let users: UserServiceClient

  package init(channel: Channel, sessions: ConsoleSessions) {
    self.channel = channel
    self.sessions = sessions
    users = UserServiceClient(channel)
  }

  package func add(to group: RouterGroup<GatewayContext>) {
    group.get("/console/session") { request, _ in try await self.current(request) }
    group.post("/console/session") { request, _ in
      try await self.answering { try await self.signIn(request) }
    }
    group.post("/console/token-session") { request, _ in
      try await self.answering { try await self.signInByToken(request) }
    }
    group.post("/console/account") { request, _ in
      try await self.answering { try await self.signUp(request) }
    }
    group.delete("/console/session") { request, _ in try self.signOut(request) }
  }

  // MARK: Requests

  private func current(_ request: Request) async throws -> Response {
    try RequestOrigin.check(request)
    guard let session = sessions.session(of: request) else { throw HTTPError(.unauthorized) }
    return try await answering {
      do throws(RPCStatus) {
        guard let token = try await session.credentials.token(for: channel) else {
          throw RPCStatus(.unauthenticated, "the session has no token")
        }
        return try await description(of: session, token)
      } catch {
        if error.code == .unauthenticated { sessions.end(of: request) }
        throw error
      }
    }
  }

  private func signIn(_ request: Request) async throws -> Response {
    let login = try await LoginRequest(jsonString: body(request))
    return try await signIn(login, request)
  }

  private func signUp(_ request: Request) async throws -> Response {
    let account = try await CreateUserRequest(jsonString: body(request))
    _ = try await users.createUser(account, options: Self.anonymous)
    return try await signIn(
      LoginRequest(username: account.username, password: account.password), request)
  }

  /// By a token that does not change: an API key, or an administrator's. It comes in the field that
  /// `LoginRequest` has for what is secret.
  private func signInByToken(_ request: Request) async throws -> Response {
    let token = try await LoginRequest(jsonString: body(request)).password
    guard !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
      throw RPCStatus(
        .invalidArgument, "the token is missing or has characters that no token has",
        details: [.badRequest([FieldViolation(field: "token", description: "is no token")])])
    }
    return try await begin(FixedCredentials(token), request)
  }

  private func signOut(_ request: Request) throws -> Response {
    if let session = sessions.session(of: request) {
      try RequestOrigin.check(request, of: session)
      sessions.end(of: request)
    }
    return Response(status: .noContent, headers: [.setCookie: SessionCookie.clearing])
  }

  // MARK: Sessions

  private func signIn(_ login: LoginRequest, _ request: Request) async throws -> Response {
    let tokens = try await users.login(login, options: Self.anonymous).tokens
    guard let tokens else { throw RPCStatus(.internal, "berthd answered without tokens") }
    return try await begin(TokenSession(tokens: tokens), request)
  }

  private func begin(
    _ credentials: any CredentialsProvider, _ request: Request
  ) async throws -> Response {
    guard let token = try await credentials.token(for: channel) else {
      throw RPCStatus(.unauthenticated, "there is no token")
    }
    let caller = try await users.whoAmI(WhoAmIRequest(), options: CallOptions(token: token))
    guard let begun = sessions.begin(account: caller.id, credentials: credentials) else {
      throw RPCStatus(
        .resourceExhausted, "too many people are signed in at this console; try again later")
    }
    // The cookie is about to be replaced.
    sessions.end(of: request)
    var response = Self.response(caller, begun.session)
    response.headers[.setCookie] = SessionCookie.setting(begun.secret)
    return response
  }

  private func description(
    of session: Session, _ token: String
  ) async throws(RPCStatus) -> Response {
    let caller = try await users.whoAmI(WhoAmIRequest(), options: CallOptions(token: token))
    return Self.response(caller, session)
  }

  private static func response(_ caller: WhoAmIResponse, _ session: Session) -> Response {
    .json(
      JSONText.object([
        "requestToken": JSONText.quoted(session.requestToken), "caller": caller.jsonString(),
      ]), headers: noStore)
  }

  // MARK: HTTP

  private static let anonymous: CallOptions = {
    var options = CallOptions()
    options.credentials = .none
    return options
  }()

  /// The body of a request of the console's own page. Throws for one that another site's page made.
  private func body(_ request: Request) async throws -> String {
    try RequestOrigin.check(request)
    let bytes = try await request.body.collect(upTo: ConsoleLimits.signInBytes)
    return String(buffer: bytes)
  }

  private func answering(_ body: () async throws -> Response) async throws -> Response {
    do {
      return try await body()
    } catch let status as RPCStatus {
      return Self.refused(status)
    } catch let error as MessageError {
      return Self.refused(RPCStatus(.invalidArgument, "\(error)"))
    }
  }

  private static func refused(_ status: RPCStatus) -> Response {
    var response = Response.refused(status)
    response.headers[.cacheControl] = noStore[.cacheControl]
    return response
  }

  private static let noStore: HTTPFields = [.cacheControl: "no-store"]
}
