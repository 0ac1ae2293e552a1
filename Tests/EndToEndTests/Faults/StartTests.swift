import Foundation
import Messages
import RPCClient
import TestSupport
import Testing

extension EndToEnd.OnOneStack {
  /// What `berthd` is told at its start.
  @Suite(.serialized, .timeLimit(.minutes(2))) struct StartTests {
    let shared: SharedStack

    init() throws { shared = try SharedStack.current() }

    @Test(
      arguments: [
        ("DATABASE_URL", nil), ("DATABASE_URL", "mysql://localhost/berth"),
        ("REDIS_URL", "http://localhost"), ("ALGORITHM", "none"), ("SECRET_KEY", "short"),
        ("ACCESS_TOKEN_EXPIRE_MINUTES", "0"), ("ACCESS_TOKEN_EXPIRE_MINUTES", "soon"),
        ("BERTH_REFRESH_TOKEN_DAYS", "-1"), ("BERTH_ENVIRONMENT", "staging"),
        ("BERTH_LISTEN", "nowhere"), ("BERTH_TLS_CERTIFICATE", nil),
        ("BERTH_TLS_KEY", "/nowhere.pem"),
        ("BERTH_PEER_CA", "/nowhere.pem"), ("BERTH_DATABASE_POOLER", "maybe"),
        ("BERTH_LOCK_SECONDS", "1"), ("BERTH_SCHEDULER_SHARDS", "65"),
        ("BERTH_LOG_LEVEL", "loud"), ("BERTH_ADVERTISE", "host"),
      ] as [(String, String?)])
    func `a value that is missing or bad stops the start with one line that names it`(
      name: String, value: String?
    ) async throws {
      let outcome = try await StartAttempt.run(shared.stack, [name: value])
      #expect(outcome.exit == .exited(78))
      expectOneLine(outcome, naming: name)
      // What may hold a secret is not shown.
      if let value, !name.hasSuffix("_URL"), name != "SECRET_KEY" {
        #expect(outcome.standardError.contains(value))
      }
    }

    @Test func `production refuses to start without a secret, and never shows one`() async throws {
      let without = try await StartAttempt.run(
        shared.stack, ["BERTH_ENVIRONMENT": "production", "SECRET_KEY": nil])
      #expect(without.exit == .exited(78))
      expectOneLine(without, naming: "SECRET_KEY")
      let weak = "only-thirty-bytes-of-a-secret!"
      let short = try await StartAttempt.run(
        shared.stack, ["BERTH_ENVIRONMENT": "production", "SECRET_KEY": weak])
      #expect(short.exit == .exited(78))
      expectOneLine(short, naming: "SECRET_KEY")
      #expect(!short.standardError.contains(weak))
      let keyless = try await StartAttempt.run(
        shared.stack, ["BERTH_ENVIRONMENT": nil, "SECRET_KEY": nil])
      #expect(keyless.exit == .exited(78), "production is the default")
    }

    @Test(
      arguments: [
        ["BERTH_FAILPOINTS": "place=kill"], ["BERTH_FAILPOINTS": "place.before=explode"],
        ["BERTH_FAILPOINTS": "place.before=kill@0"], ["BERTH_FAILPOINTS": "place.before"],
        ["BERTH_FAULT_LEASE": "nobody"], ["BERTH_FAULT_LOCK_MILLISECONDS": "1"],
        ["BERTH_FAILPOINTS": "place.before=kill", "BERTH_ENVIRONMENT": "production"],
        ["BERTH_FAILPOINTS": "place.before=kill", "BERTH_FAULTS": ""],
        ["BERTH_FAULT_LEASE": "everyone", "BERTH_FAULTS": "yes"],
      ])
    func `faults that are none, not allowed or asked of production stop the start`(
      changes: [String: String]
    ) async throws {
      let names = ["BERTH_FAILPOINTS", "BERTH_FAULT_LEASE", "BERTH_FAULT_LOCK_MILLISECONDS"]
      let name = try #require(names.first { changes[$0] != nil })
      let outcome = try await StartAttempt.run(
        shared.stack,
        changes.merging(["BERTH_FAULTS": "allowed"]) { named, _ in named }
          .mapValues { Optional($0) })
      #expect(outcome.exit == .exited(78))
      expectOneLine(outcome, naming: name)
    }

    @Test func `a database newer than the program is refused`()
      async throws
    {
      try await TestDatabase.with { database in
        let stack = shared.stack
        let replica = try await stack.startReplica(
          "migrating", environment: ["DATABASE_URL": database.url])
        _ = try await replica.terminate()
        _ = try await database.query(
          "INSERT INTO schema_versions (version, name) VALUES (9999, 'of the future')")
        let newer = try await StartAttempt.run(stack, ["DATABASE_URL": database.url])
        #expect(newer.exit == .exited(69))
        #expect(newer.standardError.contains("9999"))
      }
    }

    @Test func `.env is read, and what is exported wins`() async throws {
      let stack = shared.stack
      let folder = try TemporaryFolder("berth-dotenv")
      try folder.write(
        "# comment\nexport BERTH_LOG_LEVEL='loud'\nACCESS_TOKEN_EXPIRE_MINUTES=never\n", to: ".env")
      var environment = try stack.environment()
      environment["BERTH_LOG_LEVEL"] = "info"
      environment["ACCESS_TOKEN_EXPIRE_MINUTES"] = .some(nil)
      let outcome = try await ChildProcess.run(
        TestEnvironment.program("berthd"), environment: environment, folder: folder.path)
      #expect(outcome.exit == .exited(78))
      expectOneLine(outcome, naming: "ACCESS_TOKEN_EXPIRE_MINUTES")
    }

    @Test func `with ES256 tokens are signed by the key in the file`() async throws {
      let stack = shared.stack
      let key = stack.folder.file("es256.pem")
      let made = try await ChildProcess.run(
        "/usr/bin/openssl",
        ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key])
      try #require(made.exit.isSuccess, "\(made)")
      let replica = try await stack.startReplica(
        "es256",
        environment: ["ALGORITHM": "ES256", "BERTH_SIGNING_KEY_FILE": key, "SECRET_KEY": nil])
      let visitor = try await stack.connect(to: replica)
      let login = try await visitor.users.login(
        LoginRequest(username: shared.alice.username, password: shared.alice.password))
      let token = try #require(login.tokens?.accessToken)
      let header = try #require(
        Data(base64Encoded: padded(String(token.split(separator: ".")[0]))))
      #expect(String(decoding: header, as: UTF8.self).contains("ES256"))
      let known = try await stack.connect(token: token, to: replica)
      #expect(try await known.users.whoAmI(WhoAmIRequest()).id == shared.alice.id)
      // A token of the other algorithm, though signed with a key that another replica holds, is
      // refused.
      let stranger = try await stack.connect(token: shared.alice.tokens.accessToken, to: replica)
      await expectRefusal(.unauthenticated) { () async throws(RPCStatus) in
        try await stranger.users.whoAmI(WhoAmIRequest())
      }
      _ = try await replica.terminate()
    }

    private func padded(_ text: String) -> String {
      text + String(repeating: "=", count: (4 - text.count % 4) % 4)
    }

    private func expectOneLine(
      _ outcome: ChildOutcome, naming name: String,
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      let lines = outcome.standardError.split(separator: "\n")
      #expect(lines.count == 1, "\(outcome)", sourceLocation: sourceLocation)
      #expect(
        lines.first?.contains("\(name): ") == true, "\(outcome)", sourceLocation: sourceLocation)
    }
  }
}
