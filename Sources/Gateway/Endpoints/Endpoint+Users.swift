import HTTPTypes
import Messages
import RPCClient
import Wire

extension Endpoint {
  static let users: [Endpoint] = [createUser, loginUser, listUsers]

  private static let createUser = Endpoint(
    method: .post, path: "/user/create_user", summary: "Signs a person up.", access: .anyone,
    input: [
      .required("username", .text, "3 to 64 of a-z, 0-9, '.', '_' and '-'; unique."),
      .optional("display_name", .text, "At most 128 characters; the username if left out."),
      .required("password", .text, "12 to 256 characters, not the username."),
    ],
    output: .object(Records.userFields + [OutputField("message", .text("What was done."))])
  ) { call async throws(EndpointError) in
    let request = CreateUserRequest(
      username: call.input.text("username"), displayName: call.input.text("display_name"),
      password: call.input.text("password"))
    let answer = try await call.run { options async throws(RPCStatus) in
      try await call.users.createUser(request, options: options)
    }
    let members = Records.user(try call.require(answer.user))
    return .object(members + [JSONMember(name: "message", value: "the user was created")])
  }

  private static let loginUser = Endpoint(
    method: .post, path: "/user/login_user", summary: "Exchanges a password for a bearer token.",
    access: .anyone,
    input: [.required("username", .text, ""), .required("password", .text, "")],
    output: .object([
      OutputField("bearer_token", .text("Goes into the header `Authorization: Bearer TOKEN`."))
    ])
  ) { call async throws(EndpointError) in
    let request = LoginRequest(
      username: call.input.text("username"), password: call.input.text("password"))
    let answer = try await call.run { options async throws(RPCStatus) in
      try await call.users.login(request, options: options)
    }
    return ["bearer_token": .string(try call.require(answer.tokens).accessToken)]
  }

  private static let listUsers = Endpoint(
    method: .get, path: "/user/list_users",
    summary: "The users who share an organization with the caller, by username.",
    input: EndpointCall.optionalPageFields,
    output: .list(.record("User", Records.userFields))
  ) { call async throws(EndpointError) in
    let users = try await call.page(always: false) { page async throws(RPCStatus) in
      let answer = try await call.users.listUsers(
        ListUsersRequest(page: page), options: call.options)
      return (answer.users, answer.nextPageToken)
    }
    return .array(users.map { .object(Records.user($0)) })
  }
}
