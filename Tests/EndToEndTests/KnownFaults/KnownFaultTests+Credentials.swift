import Foundation
import Messages
import RPCClient
import TestSupport
import Testing

extension EndToEnd.OnOneStack.KnownFaultTests {
  @Test func `fault 9: without a token every method that needs one says UNAUTHENTICATED`()
    async throws
  {
    let open = [
      "UserService/CreateUser", "UserService/Login", "UserService/RefreshToken",
      "AdminService/Version", "HealthService/Check", "HealthService/Watch",
    ].map { "berth.v1.\($0)" }
    let visitor = try await stack.connect()
    let methods = Services.all.flatMap(\.methods).filter { !open.contains($0.path) }
    #expect(methods.count >= 30)
    for method in methods {
      await expectRefusal(.unauthenticated, "\(method.path)") { () async throws(RPCStatus) in
        try await visitor.callEmpty(method)
      }
    }
    for token in ["x", "a.b.c", "berth_key_0", shared.alice.tokens.accessToken + "x"] {
      let stranger = try await stack.connect(token: token)
      await expectRefusal(.unauthenticated, "\(token)") { () async throws(RPCStatus) in
        try await stranger.users.whoAmI(WhoAmIRequest())
      }
    }
  }

  @Test func `fault 10: an access token lives as long as is configured and not longer`()
    async throws
  {
    let token = shared.alice.tokens.accessToken
    let claims = try AccessTokenForger.claims(of: token)
    let issued = try #require(claims["iat"] as? Double)
    let expires = try #require(claims["exp"] as? Double)
    let lifetime = Double(SharedStack.accessTokenMinutes * 60)
    #expect(abs(expires - issued - lifetime) <= 1)
    let told = try #require(shared.alice.tokens.accessExpiresAt)
    #expect(abs(Double(told.microseconds) / 1e6 - expires) <= 1)

    // With the server's key a token can be made at will: one that has ended is refused for that
    // alone.
    let forger = AccessTokenForger(secret: stack.secretKey)
    let valid = try await stack.connect(token: await forger.token(like: token, shiftedBy: 0))
    #expect(try await valid.users.whoAmI(WhoAmIRequest()).id == shared.alice.id)
    let ended = try await stack.connect(
      token: await forger.token(like: token, shiftedBy: -lifetime - 60))
    await expectRefusal(.unauthenticated) { () async throws(RPCStatus) in
      try await ended.users.whoAmI(WhoAmIRequest())
    }
  }

  @Test func `fault 11: each password has a salt of its own`() async throws {
    let password = "the same words for both"
    let visitor = try await stack.connect()
    let names = [UniqueName.make("u"), UniqueName.make("u")]
    for name in names {
      _ = try await visitor.users.createUser(
        CreateUserRequest(username: name, password: password))
    }
    let rows = try await stack.database.query(
      "SELECT password_hash FROM users WHERE username IN ('\(names[0])', '\(names[1])')")
    // $scrypt$ln=17,r=8,p=1$salt$hash
    let parts = rows.map { $0[0].split(separator: "$") }
    try #require(parts.count == 2 && parts.allSatisfy { $0.count == 4 })
    #expect(parts.allSatisfy { $0[0] == "scrypt" && $0[1] == "ln=17,r=8,p=1" })
    #expect(parts[0][2] != parts[1][2], "the salts")
    #expect(parts[0][2].count >= 22, "16 bytes in base 64")
    #expect(parts[0][3] != parts[1][3], "the hashes")
  }

  @Test func `fault 12: no key is in the source: without SECRET_KEY each process makes its own`()
    async throws
  {
    // Were the key a constant, the token of one would hold at the other.
    let keyless = ["SECRET_KEY": String?.none]
    let replicas = [
      try await stack.startReplica("keyless0", environment: keyless),
      try await stack.startReplica("keyless1", environment: keyless),
    ]
    let visitor = try await stack.connect(to: replicas[0])
    let login = try await visitor.users.login(
      LoginRequest(username: shared.alice.username, password: shared.alice.password))
    let token = try #require(login.tokens?.accessToken)
    let known = try await stack.connect(token: token, to: replicas[0])
    #expect(try await known.users.whoAmI(WhoAmIRequest()).id == shared.alice.id)
    for replica in [replicas[1], stack.berthd] {
      let stranger = try await stack.connect(token: token, to: replica)
      await expectRefusal(.unauthenticated) { () async throws(RPCStatus) in
        try await stranger.users.whoAmI(WhoAmIRequest())
      }
    }
    for replica in replicas { _ = try await replica.terminate() }
    let production = try await StartAttempt.run(
      stack, ["BERTH_ENVIRONMENT": "production", "SECRET_KEY": nil])
    #expect(production.exit == .exited(78) && production.standardError.contains("SECRET_KEY"))
  }

  @Test func `fault 29: no call drops tables`() async throws {
    let names = Services.all.flatMap(\.methods).map { $0.name.lowercased() }
    for word in ["drop", "truncate", "wipe", "reset", "purge"] {
      #expect(!names.contains { $0.contains(word) })
    }
    for name in ["DropTables", "DropDatabase"] {
      let method = MethodDescriptor(
        service: "berth.v1.AdminService", name: name, requestStreaming: false,
        responseStreaming: false, idempotency: .unknown, input: VersionRequest.self,
        output: VersionResponse.self)
      for caller in [try await stack.connect(), shared.superAdmin] {
        await expectRefusal(.unimplemented) { () async throws(RPCStatus) in
          try await caller.callEmpty(method)
        }
      }
    }
    let visitor = try await stack.connect()
    await expectRefusal(.unauthenticated) { () async throws(RPCStatus) in
      try await visitor.admin.initializeDatabase(InitializeDatabaseRequest())
    }
    let mallory = mallory
    await expectRefusal(.permissionDenied) { () async throws(RPCStatus) in
      try await mallory.admin.initializeDatabase(InitializeDatabaseRequest())
    }
    #expect(try await shared.superAdmin.admin.initializeDatabase(.init()).applied.isEmpty)
  }
}
