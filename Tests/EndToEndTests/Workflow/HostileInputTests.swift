import Messages
import RPCClient
import TestSupport
import Testing

extension EndToEnd.OnOneStack {
  /// Bytes that no well-behaved client sends.
  @Suite(.serialized, .timeLimit(.minutes(1))) struct HostileInputTests {
    let shared: SharedStack

    init() throws { shared = try SharedStack.current() }

    /// Swift's strings cannot hold what these tests send, so they send another message, whose
    /// `bytes` field has the number of the request's `string` field.
    private func send<Response: Message>(
      _ data: [UInt8], to method: MethodDescriptor, by caller: Caller, as: Response.Type
    ) async throws(RPCStatus) -> Response {
      try await caller.channel.unary(method, LogsResponse(data: data), options: CallOptions())
    }

    @Test(
      arguments: [
        Array("before\0after".utf8), [0], [0xFF, 0xFE], [0xC0, 0x80], [0xED, 0xA0, 0x80],
        [0xF4, 0x90, 0x80, 0x80], Array("cut".utf8) + [0xE2, 0x82],
      ] as [[UInt8]])
    func `a NUL or invalid UTF-8 is refused with the field's name, never cut or passed on`(
      data: [UInt8]
    ) async throws {
      let visitor = try await shared.stack.connect()
      let alice = shared.alice.caller
      await expectInvalid("display_name") { () async throws(RPCStatus) in
        try await send(
          data, to: UserServiceMethods.createUser, by: visitor, as: CreateUserResponse.self)
      }
      await expectInvalid("password") { () async throws(RPCStatus) in
        try await send(data, to: UserServiceMethods.login, by: visitor, as: LoginResponse.self)
      }
      await expectInvalid("name") { () async throws(RPCStatus) in
        try await send(
          data, to: ClusterServiceMethods.createCluster, by: alice, as: CreateClusterResponse.self)
      }
      await expectInvalid("cluster_id") { () async throws(RPCStatus) in
        try await send(
          data, to: DeploymentServiceMethods.createDeployment, by: alice,
          as: CreateDeploymentResponse.self)
      }
    }

    @Test func `a request of the wrong shape is refused, and the connection serves on`()
      async throws
    {
      let alice = shared.alice.caller
      // LogsResponse.stream is a number where the request has a string.
      await expectRefusal(.invalidArgument) { () async throws(RPCStatus) in
        let _: GetDeploymentResponse = try await alice.channel.unary(
          DeploymentServiceMethods.getDeployment, LogsResponse(stream: .stdout),
          options: CallOptions())
      }
      #expect(try await alice.users.whoAmI(WhoAmIRequest()).id == shared.alice.id)
    }

    @Test func `a message past the bound is refused without being read, and the server serves on`()
      async throws
    {
      let caller = try await shared.stack.connect(token: shared.alice.tokens.accessToken)
      await expectRefusal(.resourceExhausted) { () async throws(RPCStatus) in
        try await caller.users.createUser(
          CreateUserRequest(displayName: String(repeating: "x", count: 8 << 20)))
      }
      #expect(try await caller.users.whoAmI(WhoAmIRequest()).id == shared.alice.id)
    }

    @Test(arguments: ["'; DROP TABLE users; --", "\u{202E}evil", "a\nb", "<script>", "🦆🦆🦆"])
    func `text that others trip over is stored as it is or refused by field`(
      text: String
    ) async throws {
      let caller = shared.superAdmin
      do throws(RPCStatus) {
        let made = try await caller.organizations.createOrganization(
          CreateOrganizationRequest(name: text + UniqueName.make("o")))
        let id = made.organization?.id ?? ""
        let rows = try? await shared.stack.database.query(
          "SELECT name FROM organizations WHERE id = '\(id)'")
        #expect(rows?.first?.first == made.organization?.name)
        #expect(made.organization?.name.hasPrefix(text) == true)
      } catch {
        #expect(error.code == .invalidArgument)
        #expect(error.fieldViolations.map(\.field) == ["name"])
      }
    }
  }
}
