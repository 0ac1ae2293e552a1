import Foundation
import Messages
import RPCClient
import TestSupport
import Testing

extension EndToEnd.OnOneStack {
  /// The endpoints of the older HTTP platform, field by field.
  @Suite(.serialized, .timeLimit(.minutes(5))) struct OlderSurfaceTests {
    let shared: SharedStack
    let console: ConsoleProcess

    init() async throws {
      shared = try SharedStack.current()
      console = try await shared.console()
    }

    /// Makes a request as Alice and expects an answer.
    private func answer(
      _ method: String, _ path: String, _ body: String? = nil, token: String? = nil
    ) async throws -> [String: Any] {
      let answer = try await console.request(
        method, path, token: token ?? shared.alice.tokens.accessToken, body: body)
      #expect(answer.status == 200, "\(path): \(answer)")
      return try #require(answer.json as? [String: Any], "\(answer)")
    }

    private func list(_ path: String, token: String? = nil) async throws -> [[String: Any]] {
      let answer = try await console.request(
        "GET", path, token: token ?? shared.alice.tokens.accessToken)
      #expect(answer.status == 200, "\(path): \(answer)")
      return try #require(answer.json as? [[String: Any]], "\(answer)")
    }

    private func expectTimes(_ record: [String: Any]) {
      for name in ["created_at", "updated_at"] {
        let time = record[name] as? String ?? ""
        #expect(
          time.wholeMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/#) != nil,
          "\(name) is \(time)")
      }
    }

    private func superAdminToken() throws -> String {
      try String(contentsOfFile: shared.stack.adminTokenFile, encoding: .utf8)
        .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func createCluster(
      in organization: String? = nil,
      _ sizes: String = "\"cpu_size\": 4, \"ram_size\": 8, \"gpu_size\": 2"
    ) async throws -> [String: Any] {
      try await answer(
        "POST", "/cluster/create_cluster",
        """
        {"name": "\(UniqueName.make("c"))", "organization_id": "\(organization ?? shared.tenant.id)",
         \(sizes)}
        """)
    }

    // MARK: Core

    @Test func `health tells status, success, version and message`() async throws {
      let health = try await console.request("GET", "/core/health")
      #expect(health.status == 200)
      #expect(health.text("status") == "healthy")
      #expect(health.value("success") as? Bool == true)
      #expect(health.text("version")?.isEmpty == false)
      #expect(health.text("message")?.isEmpty == false)
    }

    @Test func `create_tables is the SuperAdmin's and finds nothing left to do`() async throws {
      let path = "/core/create_tables"
      #expect(try await console.request("GET", path).status == 401)
      #expect(
        try await console.request("GET", path, token: shared.alice.tokens.accessToken).status
          == 403)
      let done = try await answer("GET", path, token: try superAdminToken())
      let message = try #require(done["message"] as? String)
      #expect(message.contains("nothing was left to do"), "\(message)")
      #expect(try await console.request("GET", "/core/drop_tables").status == 404)
    }

    // MARK: Users and organizations

    @Test func `a person signs up, logs in, founds, invites and lists`() async throws {
      let name = UniqueName.make("u")
      let body =
        "{\"username\": \"\(name)\", \"display_name\": \"Ü \\\"x\\\"\", \"password\": \"correct horse 7\"}"
      let user = try await answer("POST", "/user/create_user", body)
      #expect(
        Set(user.keys) == [
          "id", "username", "display_name", "status", "created_at", "updated_at", "message",
        ])
      #expect(user["display_name"] as? String == "Ü \"x\"")
      #expect(user["status"] as? String == "active")
      expectTimes(user)
      let again = try await console.request("POST", "/user/create_user", body: body)
      #expect(again.status == 400)
      #expect(again.text("detail")?.contains(name) == true)

      let login = try await answer(
        "POST", "/user/login_user",
        "{\"username\": \"\(name)\", \"password\": \"correct horse 7\"}")
      #expect(Set(login.keys) == ["bearer_token"])
      let token = try #require(login["bearer_token"] as? String)
      let wrong = try await console.request(
        "POST", "/user/login_user",
        body: "{\"username\": \"\(name)\", \"password\": \"wrong horse 7\"}")
      #expect(wrong.status == 401)

      let organization = try await answer(
        "POST", "/organization/create_organization",
        "{\"name\": \"\(UniqueName.make("org"))\"}", token: token)
      #expect(Set(organization.keys) == ["id", "name", "invite_code"])
      let id = try #require(organization["id"] as? String)
      let code = try #require(organization["invite_code"] as? String)
      // Whoever is named, the caller joins.
      let joined = try await answer(
        "POST", "/organization/join_organization",
        "{\"invite_code\": \"\(code)\", \"user_id\": \"\(shared.mallory.id)\"}")
      #expect(joined["organization_id"] as? String == id)
      #expect(Set(joined.keys) == ["message", "organization_id"])

      let organizations = try await list("/organization/list_organizations", token: token)
      #expect(organizations.map { $0["id"] as? String } == [id])
      #expect(
        Set(organizations[0].keys) == ["id", "name", "created_at", "updated_at"])
      expectTimes(organizations[0])

      let members = try await list(
        "/organization/list_organization_users?organization_id=\(id)", token: token)
      #expect(
        Set(members.compactMap { $0["user_id"] as? String })
          == [user["id"] as? String, shared.alice.id])
      let own = try #require(members.first { $0["user_id"] as? String == shared.alice.id })
      #expect(
        Set(own.keys) == [
          "id", "organization_id", "user_id", "user_details", "status", "created_at", "updated_at",
        ])
      let details = try #require(own["user_details"] as? [String: String])
      #expect(details == ["username": "alice", "display_name": "alice", "status": "active"])
      expectTimes(own)

      let users = try await list("/user/list_users", token: token)
      #expect(Set(users.compactMap { $0["username"] as? String }) == [name, "alice"])
      #expect(
        Set(users[0].keys) == [
          "id", "username", "display_name", "status", "created_at", "updated_at",
        ])
      let second = try await list("/user/list_users?page=2&page_limit=1", token: token)
      #expect(second.map { $0["id"] as? String } == [users[1]["id"] as? String])
    }

    // MARK: Clusters

    @Test func `a cluster is created, changed and found by its filters`() async throws {
      let tenant = try await shared.alice.caller.createOrganization()
      let cluster = try await createCluster(
        in: tenant.id, "\"cpu_size\": 4, \"ram_size\": 1.5, \"gpu_size\": \"2\"")
      #expect(
        Set(cluster.keys) == [
          "id", "organization_id", "name", "cpu_size", "ram_size", "gpu_size", "available_cpu",
          "available_ram", "available_gpu", "status", "created_at", "updated_at",
        ])
      #expect(cluster["cpu_size"] as? Double == 4)
      #expect(cluster["ram_size"] as? Double == 1.5)
      #expect(cluster["available_gpu"] as? Double == 2)
      expectTimes(cluster)
      let id = try #require(cluster["id"] as? String)
      let changed = try await answer(
        "PUT", "/cluster/update_cluster",
        "{\"id\": \"\(id)\", \"cpu_size\": 8.5, \"status\": \"active\"}")
      #expect(changed["cpu_size"] as? Double == 8.5)
      #expect(changed["ram_size"] as? Double == 1.5)

      let small = try await createCluster(
        in: tenant.id, "\"cpu_size\": 0.5, \"ram_size\": 0.1, \"gpu_size\": 0")
      #expect(small["ram_size"] as? Double == 0.1)
      let all = "/cluster/list_clusters?organization_id=\(tenant.id)"
      func names(_ query: String) async throws -> Set<String> {
        Set(try await list(all + query).compactMap { $0["id"] as? String })
      }
      let smallID = try #require(small["id"] as? String)
      #expect(try await names("") == [id, smallID])
      #expect(try await names("&cpu_size_greater_than=0.5") == [id])
      #expect(try await names("&cpu_size_less_than=8.5") == [smallID])
      #expect(try await names("&filters[ram_size_less_than]=1.5") == [smallID])
      #expect(try await names("&gpu_size_greater_than=0&gpu_size_less_than=3") == [id])
      #expect(try await names("&created_at_less_than=2020-01-01") == [])
      #expect(try await names("&updated_at_greater_than=2020-01-01T00:00:00Z") == [id, smallID])
      #expect(try await names("&page_limit=1").count == 1)
      #expect(try await names("&page_limit=1&page=2").count == 1)
      #expect(try await names("&page_limit=1&page=3").count == 0)
      // The same as JSON, in the body of a GET and in the query.
      let filters = "{\"organization_id\": \"\(tenant.id)\", \"cpu_size_greater_than\": 0.5}"
      let body = try await console.request(
        "GET", "/cluster/list_clusters", token: shared.alice.tokens.accessToken,
        body: "{\"filters\": \(filters), \"page\": 1, \"page_limit\": 10}")
      #expect(body.text(0, "id") == id)
      #expect((body.json as? [Any])?.count == 1)
      let quoted = try #require(
        filters.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
      #expect(try await list("/cluster/list_clusters?filters=\(quoted)").count == 1)
      // The outsider sees nothing.
      let outside = try await list(
        "/cluster/list_clusters", token: shared.mallory.tokens.accessToken)
      #expect(!outside.contains { $0["organization_id"] as? String == tenant.id })
    }

    // MARK: Deployments

    @Test func `a deployment is queued, runs on an agent and is completed`() async throws {
      let tenant = try await shared.alice.caller.createOrganization()
      let cluster = try await createCluster(in: tenant.id)
      let id = try #require(cluster["id"] as? String)
      let deployment = try await answer(
        "POST", "/deployment/create_deployment",
        """
        {"cluster_id": "\(id)", "docker_image": "example.com/model:1", "required_cpu": 1.5,
         "required_ram": 0.5, "required_gpu": 0.25, "priority": 7}
        """)
      #expect(
        Set(deployment.keys) == [
          "id", "cluster_id", "docker_image", "required_cpu", "required_ram", "required_gpu",
          "priority", "state", "status", "created_at", "updated_at",
        ])
      #expect(deployment["cluster_id"] as? String == id)
      #expect(deployment["required_cpu"] as? Double == 1.5)
      #expect(deployment["required_ram"] as? Double == 0.5)
      #expect(deployment["required_gpu"] as? Double == 0.25)
      #expect(deployment["priority"] as? Int == 7)
      #expect(deployment["state"] as? String == "queued")
      expectTimes(deployment)
      let deploymentID = try #require(deployment["id"] as? String)
      // Placed, it waits for an agent: to these callers it is queued still.
      try await shared.alice.caller.wait(for: .scheduled, of: deploymentID)
      func ids(_ query: String) async throws -> [String?] {
        try await list("/deployment/list_deployments?cluster_id=\(id)\(query)").map {
          $0["id"] as? String
        }
      }
      #expect(try await ids("&state=queued") == [deploymentID])
      #expect(try await ids("&state=RUNNING") == [])

      let agent = try await RunningAgent.start(
        for: id, by: shared.alice.caller, on: shared.stack)
      try await shared.alice.caller.wait(for: .running, of: deploymentID)
      #expect(try await ids("&state=running") == [deploymentID])
      let path = "/deployment/complete_deployment"
      #expect(
        try await console.request("POST", path, token: shared.alice.tokens.accessToken).status
          == 403)
      let other = try await answer(
        "POST", path, "{\"organization_id\": \"\(shared.otherTenant.id)\"}",
        token: try superAdminToken())
      #expect((other["completed_deployments"] as? [Any])?.isEmpty == true)
      let completed = try await answer(
        "POST", path, "{\"cluster_id\": \"\(id)\"}", token: try superAdminToken())
      let records = try #require(completed["completed_deployments"] as? [[String: Any]])
      #expect(records.map { $0["id"] as? String } == [deploymentID])
      #expect(records[0]["state"] as? String == "completed")
      let twice = try await answer(
        "POST", path, "{\"deployment_ids\": [\"\(deploymentID)\"]}", token: try superAdminToken())
      #expect((twice["completed_deployments"] as? [Any])?.isEmpty == true)
      try await agent.kill()
    }

    @Test func `schedule_deployment is the SuperAdmin's and tells what it placed`() async throws {
      let path = "/deployment/schedule_deployment"
      #expect(try await console.request("POST", path).status == 401)
      #expect(
        try await console.request("POST", path, token: shared.alice.tokens.accessToken).status
          == 403)
      // Work that keeps coming while it looks: what it tells is what was placed.
      let tenant = try await shared.alice.caller.createOrganization()
      let cluster = try await shared.alice.caller.createCluster(in: tenant.id, cpu: 200)
      let first = try await shared.alice.caller.deploy(to: cluster.id, cpu: 200)
      try await shared.alice.caller.wait(for: .scheduled, of: first.id)
      let second = try await shared.alice.caller.deploy(to: cluster.id, cpu: 200)
      async let triggered = answer("POST", path, token: try superAdminToken())
      try await Task.sleep(for: .milliseconds(150))
      _ = try await shared.alice.caller.deployments.cancelDeployment(
        CancelDeploymentRequest(id: first.id))
      let records = try #require(
        try await triggered["triggered_deployments"] as? [[String: Any]])
      #expect(records.contains { $0["id"] as? String == second.id }, "\(records)")
    }

    @Test func `what the state forbids is a conflict`() async throws {
      let cluster = try await shared.alice.caller.createCluster(in: shared.tenant.id, cpu: 1_000)
      let deployment = try await shared.alice.caller.deploy(to: cluster.id, cpu: 1_000)
      try await shared.alice.caller.wait(for: .scheduled, of: deployment.id)
      let token = shared.alice.tokens.accessToken
      let smaller = try await console.request(
        "PUT", "/cluster/update_cluster", token: token,
        body: "{\"id\": \"\(cluster.id)\", \"cpu_size\": 0.5}")
      #expect(smaller.status == 409, "\(smaller)")
      let tooLarge = try await console.request(
        "POST", "/deployment/create_deployment", token: token,
        body: """
          {"cluster_id": "\(cluster.id)", "docker_image": "m", "required_cpu": 64,
           "required_ram": 1, "required_gpu": 0}
          """)
      #expect(tooLarge.status == 409, "\(tooLarge)")
      #expect(tooLarge.text("detail")?.contains("can never hold it") == true)
    }
  }
}
