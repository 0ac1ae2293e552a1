import Foundation
import Messages
import TestSupport
import Testing

extension EndToEnd.OnOneStack {
  /// What a caller can do wrong over HTTP, and what it is told.
  @Suite(.serialized, .timeLimit(.minutes(5))) struct WrongInputTests {
    let shared: SharedStack
    let console: ConsoleProcess

    init() async throws {
      shared = try SharedStack.current()
      console = try await shared.console()
    }

    /// Words that only the inside of a server knows.
    private static let internals = [
      "SELECT", "constraint", "pg_", "SQLSTATE", ".swift", "Sources/", "Fatal", "Traceback",
      "NIO", "Hummingbird", "Error(",
    ]

    private func expect(
      _ status: Int, _ answer: HTTPAnswer, _ what: String,
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      #expect(answer.status == status, "\(what): \(answer)", sourceLocation: sourceLocation)
      #expect(
        answer.headers["content-type"] == "application/json; charset=utf-8",
        sourceLocation: sourceLocation)
      for word in Self.internals where answer.body.contains(word) {
        Issue.record("\(answer.body) tells of \(word)", sourceLocation: sourceLocation)
      }
    }

    /// The last name and the type of each problem.
    private func problems(_ answer: HTTPAnswer) -> [String] {
      (answer.value("detail") as? [[String: Any]] ?? []).map { problem in
        "\((problem["loc"] as? [String])?.last ?? "") \(problem["type"] ?? "")"
      }
    }

    @Test func `fields of a sign-up`() async throws {
      let long = String(repeating: "a", count: 10_000)
      let cases: [(String, Int, [String])] = [
        ("", 422, ["username missing", "password missing"]),
        ("{}", 422, ["username missing", "password missing"]),
        ("{", 422, ["body json_invalid"]), ("[]", 422, ["body model_attributes_type"]),
        (
          "{\"username\": 4, \"password\": null}", 422,
          ["username string_type", "password string_type"]
        ),
        (
          "{\"username\": \"a\", \"password\": \"b\"}", 422,
          ["username value_error", "password value_error"]
        ),
        (
          "{\"username\": \"\(long)\", \"password\": \"correct horse 7\"}", 422,
          ["username value_error"]
        ),
        (
          "{\"username\": \"\(UniqueName.make("u"))\", \"password\": \"correct horse 7\", \"display_name\": \"\(long)\"}",
          422, ["display_name value_error"]
        ), ("{\"username\": \"alice\", \"password\": \"correct horse 7\"}", 400, []),
      ]
      for (body, status, named) in cases {
        let answer = try await console.request(
          "POST", "/user/create_user", body: body.isEmpty ? nil : body)
        expect(status, answer, String(body.prefix(80)))
        #expect(problems(answer) == named, "\(body.prefix(80)): \(answer)")
      }
    }

    @Test func `amounts of a cluster`() async throws {
      let cases: [(String, [String])] = [
        ("-1", ["cpu_size value_error"]), ("NaN", ["body json_invalid"]),
        ("\"NaN\"", ["cpu_size float_parsing"]), ("1e999", ["cpu_size value_error"]),
        ("99999999999999999999", ["cpu_size value_error"]), ("0", ["cpu_size value_error"]),
        ("9000000000000", ["cpu_size value_error"]), ("0.0001", ["cpu_size value_error"]),
        ("true", ["cpu_size float_type"]), ("\"four\"", ["cpu_size float_parsing"]),
        ("{}", ["cpu_size float_type"]),
      ]
      for (amount, named) in cases {
        let answer = try await console.request(
          "POST", "/cluster/create_cluster", token: shared.alice.tokens.accessToken,
          body: """
            {"name": "\(UniqueName.make("c"))", "organization_id": "\(shared.tenant.id)",
             "cpu_size": \(amount), "ram_size": 1, "gpu_size": 0}
            """)
        expect(422, answer, amount)
        #expect(problems(answer) == named, "\(amount): \(answer)")
      }
      let part = try await console.request(
        "POST", "/cluster/create_cluster", token: shared.alice.tokens.accessToken,
        body: """
          {"name": "x", "organization_id": "\(shared.tenant.id)", "cpu_size": 1, "ram_size": 1,
           "gpu_size": 0.5, "unknown": [1]}
          """)
      expect(422, part, "half a GPU")
      #expect(part.text("detail", 0, "msg") == "must be whole devices: a multiple of 1")
    }

    @Test func `who calls`() async throws {
      let paths = [
        "/user/list_users", "/organization/list_organizations", "/cluster/list_clusters",
      ]
      let expired = try await AccessTokenForger(secret: shared.stack.secretKey).token(
        like: shared.alice.tokens.accessToken, shiftedBy: -86_400)
      for path in paths {
        expect(401, try await console.request("GET", path), "no token")
        for token in [expired, "nonsense", "a.b.c", String(repeating: "x", count: 5_000)] {
          expect(401, try await console.request("GET", path, token: token), "\(token.prefix(20))")
        }
      }
      let call = try await console.request(
        "POST", "/berth.v1.UserService/WhoAmI", token: "a.b.c", body: "{}")
      expect(401, call, "an RPC")
      #expect(call.text("code") == "UNAUTHENTICATED")
      #expect(call.headers["www-authenticate"] == "Bearer")
    }

    @Test func `another organization's ids are unknown`() async throws {
      let cluster = try await shared.alice.caller.createCluster(in: shared.tenant.id)
      let token = shared.mallory.tokens.accessToken
      let deploy = """
        {"cluster_id": "\(cluster.id)", "docker_image": "m", "required_cpu": 1, "required_ram": 1,
         "required_gpu": 0}
        """
      let cases: [(String, String, String?)] = [
        ("PUT", "/cluster/update_cluster", "{\"id\": \"\(cluster.id)\", \"name\": \"mine\"}"),
        ("POST", "/deployment/create_deployment", deploy),
        ("GET", "/organization/list_organization_users?organization_id=\(shared.tenant.id)", nil),
        ("GET", "/cluster/list_clusters?organization_id=\(shared.tenant.id)", nil),
        ("POST", "/berth.v1.ClusterService/GetCluster", "{\"id\": \"\(cluster.id)\"}"),
      ]
      for (method, path, body) in cases {
        expect(404, try await console.request(method, path, token: token, body: body), path)
      }
    }

    @Test func `a list's page and filters`() async throws {
      let token = shared.alice.tokens.accessToken
      let cases: [(String, [String])] = [
        ("page=0", ["page value_error"]), ("page=-1", ["page value_error"]),
        ("page=x", ["page float_parsing"]), ("page_limit=501", ["page_limit value_error"]),
        ("page_limit=1.5", ["page_limit int_parsing"]),
        ("cpu_size_less_than=four", ["cpu_size_less_than float_parsing"]),
        ("created_at_less_than=soon", ["created_at_less_than datetime_parsing"]),
        ("organization_id=7", ["organization_id value_error"]),
        ("filters=%7B", ["filters json_invalid"]), ("filters=4", ["filters json_invalid"]),
        ("%FF=1", ["query value_error"]),
      ]
      for (query, named) in cases {
        let answer = try await console.request(
          "GET", "/cluster/list_clusters?\(query)", token: token)
        expect(422, answer, query)
        #expect(problems(answer) == named, "\(query): \(answer)")
      }
      let state = try await console.request(
        "GET", "/deployment/list_deployments?state=odd", token: token)
      expect(422, state, "state")
      let missing = try await console.request(
        "GET", "/organization/list_organization_users", token: token)
      #expect(problems(missing) == ["organization_id missing"])
    }

    @Test func `requests that are no requests`() async throws {
      let token = shared.alice.tokens.accessToken
      let large = "{\"name\": \"" + String(repeating: "x", count: 9 << 20) + "\"}"
      for path in [
        "/organization/create_organization", "/berth.v1.OrganizationService/CreateOrganization",
      ] {
        expect(413, try await console.request("POST", path, token: token, body: large), "large")
        expect(
          415,
          try await console.request(
            "POST", path, token: token, body: "name=x",
            headers: ["content-type": "application/x-www-form-urlencoded"]), "a form")
        expect(405, try await console.request("GET", path, token: token), "GET")
      }
      expect(404, try await console.request("GET", "/organization", token: token), "no path")
      expect(
        400,
        try await console.request(
          "POST", "/berth.v1.OrganizationService/CreateOrganization", token: token,
          body: "{\"name\": \"\(String(repeating: "ä", count: 3_000))\"}"), "a long name")
      // The server lives.
      #expect(try await console.request("GET", "/core/health").status == 200)
    }
  }
}
