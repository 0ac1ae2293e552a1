import Messages
import RPCClient
import TestSupport
import Testing

extension EndToEnd.OnOneStack {
  /// ExplainDeployment and SimulateDeployment over the wire.
  @Suite(.serialized, .timeLimit(.minutes(2))) struct ExplanationTests {
    let shared: SharedStack
    var stack: Stack { shared.stack }

    init() throws { shared = try SharedStack.current() }

    private func request(
      _ organization: String, cluster: String = "", cpu: Int64, gpu: Int64 = 0,
      models: [String] = []
    ) -> CreateDeploymentRequest {
      CreateDeploymentRequest(
        organizationID: organization, clusterID: cluster, image: "example.com/model:1",
        resources: Resources(cpuMillis: cpu, memoryBytes: 1 << 20, gpuMillis: gpu),
        gpuModels: models)
    }

    @Test func `one that waits is told what is missing, who is ahead and whom to wait for`()
      async throws
    {
      let tenant = try await shared.superAdmin.createOrganization()
      let admin = tenant.admin
      let cluster = try await admin.createCluster(
        in: tenant.id, cpu: 2_000, gpu: 2_000, gpuModel: "A100")
      let holder = try await admin.deploy(in: tenant.id, cpu: 1_500, gpu: 1_000)
      try await admin.wait(for: .scheduled, of: holder.id)
      let ahead = try await admin.deploy(in: tenant.id, cpu: 2_000, priority: 7)
      let waiting = try await admin.deploy(in: tenant.id, cpu: 1_000, gpu: 2_000)

      let answer = try await admin.deployments.explainDeployment(
        ExplainDeploymentRequest(id: waiting.id))
      #expect(answer.standing == .waitsForRoom)
      #expect(answer.queue?.position == 2 && answer.queue?.ahead == 1)
      #expect(answer.queue?.first.map(\.deploymentID) == [ahead.id])
      let fit = try #require(answer.fit?.clusters.first)
      #expect(fit.clusterID == cluster.id && fit.verdict == .noRoom)
      #expect(fit.agent == .neverAttached && fit.gpuModel == "A100")
      #expect(fit.shortages.map(\.dimension) == [.cpu, .gpuDevices])
      #expect(fit.shortages.map(\.missing) == [500, 1])
      #expect(fit.shortages.map(\.available) == [500, 1])
      #expect(answer.fit?.advice.first?.kind == .waitFor)
      #expect(answer.fit?.advice.first?.deploymentIds == [holder.id])
      #expect(answer.fit?.clusterID == "" && answer.history.isEmpty)

      let placed = try await admin.deployments.explainDeployment(
        ExplainDeploymentRequest(id: holder.id))
      #expect(placed.standing == .placed && placed.fit == nil && placed.queue == nil)
      #expect(placed.history.map(\.state) == [.queued, .scheduled])
      _ = try await admin.deployments.cancelDeployment(CancelDeploymentRequest(id: waiting.id))
      let ended = try await admin.deployments.explainDeployment(
        ExplainDeploymentRequest(id: waiting.id))
      #expect(ended.standing == .ended && ended.history.last?.state == .cancelled)
    }

    @Test func `a simulated one goes where the created one goes, and is not created`()
      async throws
    {
      let tenant = try await shared.superAdmin.createOrganization()
      let admin = tenant.admin
      _ = try await admin.createCluster(in: tenant.id, cpu: 500)
      let roomy = try await admin.createCluster(
        in: tenant.id, cpu: 4_000, gpu: 2_000, gpuModel: "T4")
      let wanted = request(tenant.id, cpu: 1_000, gpu: 2_000, models: ["T4"])
      let simulated = try await admin.deployments.simulateDeployment(
        SimulateDeploymentRequest(deployment: wanted))
      #expect(simulated.fits && simulated.fit?.clusterID == roomy.id)
      #expect(simulated.fit?.gpuDevices == [0, 1] && simulated.queue?.position == 1)
      #expect(
        try await admin.allDeployments(ListDeploymentsRequest(organizationID: tenant.id)).isEmpty)

      let created = try #require(
        try await admin.deployments.createDeployment(wanted).deployment)
      let placed = try await admin.wait(for: .scheduled, of: created.id)
      #expect(placed.placedClusterID == simulated.fit?.clusterID)
      #expect(placed.gpuDevices == simulated.fit?.gpuDevices)
      let again = try await admin.deployments.simulateDeployment(
        SimulateDeploymentRequest(deployment: wanted))
      #expect(!again.fits && again.fit?.clusterID == "")
      #expect(again.fit?.clusters.first?.verdict == .noRoom)
      #expect(again.fit?.advice.first?.deploymentIds == [created.id])
    }

    @Test func `a simulation is refused exactly as a creation is`() async throws {
      let tenant = try await shared.superAdmin.createOrganization()
      let other = try await shared.superAdmin.createOrganization()
      let admin = tenant.admin
      _ = try await admin.createCluster(in: tenant.id, cpu: 1_000)
      let foreign = try await other.admin.createCluster(in: other.id)
      var invalid = request(tenant.id, cpu: 0)
      invalid.image = ""
      invalid.priority = 1_001
      invalid.idempotencyKey = String(repeating: "k", count: 129)
      let unknown = "00000000-0000-7000-8000-000000000000"
      for wanted in [
        invalid, request("", cpu: 1), request(tenant.id, cpu: 2_000),
        request(tenant.id, cluster: foreign.id, cpu: 1), request(unknown, cpu: 1),
        request(tenant.id, cluster: unknown, cpu: 1), CreateDeploymentRequest(),
      ] {
        let creation = await refusal { () async throws(RPCStatus) in
          _ = try await admin.deployments.createDeployment(wanted)
        }
        let simulation = await refusal { () async throws(RPCStatus) in
          _ = try await admin.deployments.simulateDeployment(
            SimulateDeploymentRequest(deployment: wanted))
        }
        #expect(creation?.code != nil && creation?.code == simulation?.code, "\(wanted)")
        #expect(creation?.message == simulation?.message, "\(wanted)")
      }
    }

    private func refusal(
      _ call: () async throws(RPCStatus) -> Void
    ) async -> RPCStatus? {
      do throws(RPCStatus) {
        try await call()
        return nil
      } catch {
        return error
      }
    }

    @Test func `the command line says where it would go, why it waits and what helps`()
      async throws
    {
      let alice = try Workstation()
      try await alice.berth(
        "signup", UniqueName.make("alice"), "--address", stack.berthd.address, "--ca",
        stack.certificates.authority, "--password-stdin", input: "a long enough password\n")
      try await alice.berth("org", "create", UniqueName.make("org"))
      let (lab, edge) = (UniqueName.make("lab"), UniqueName.make("edge"))
      try await alice.berth(
        "cluster", "create", lab, "--cpu", "8", "--memory", "16GiB", "--gpu", "2", "--gpu-model",
        "A100")
      try await alice.berth("cluster", "create", edge, "--cpu", "1", "--memory", "2GiB")
      let train = [
        "example.com/train:1", "--cpu", "4", "--memory", "4GiB", "--gpu", "2", "--name", "train",
      ]
      let dry = try await alice.run(["deploy", "--dry-run"] + train)
      #expect(dry.exit == .exited(0))
      #expect(dry.standardOutput.contains("it would go to \(lab), GPU 0, 1"))
      let json = try SimulateDeploymentResponse(
        jsonString: try await alice.run(["-o", "json", "deploy", "--dry-run"] + train)
          .standardOutput)
      #expect(json.fits && json.fit?.gpuDevices == [0, 1])
      #expect(try await alice.berth("deployments").contains("train") == false)

      let first = try CreateDeploymentResponse(
        jsonString: try await alice.run(
          ["-o", "json", "deploy", "--wait", "scheduled"] + train
        ).standardOutput)
      let second = try CreateDeploymentResponse(
        jsonString: try await alice.run(["-o", "json", "deploy"] + train).standardOutput)
      let third = try CreateDeploymentResponse(
        jsonString: try await alice.run(["-o", "json", "deploy"] + train).standardOutput)
      let ids = try [first, second, third].map { try #require($0.deployment?.id) }
      let text = try await alice.berth("explain", ids[2])
      for words in [
        "number 2 in the queue", ids[1], "needs 2 whole GPUs, 0 of 2 free",
        "too small even when empty", "never attached",
        "to make it fit: wait until these end on \(lab): train (\(ids[0]))",
        "those ahead of it come first", "or: free 2 whole GPUs on \(lab)",
      ] {
        #expect(text.contains(words), "\(words): \(text)")
      }
      let placed = try await alice.berth("explain", ids[0])
      #expect(placed.contains("scheduled in attempt 1 of 3, GPU 0, 1: placed on \(lab)"))
      let answer: ExplainDeploymentResponse = try await alice.answer("explain", ids[2])
      #expect(answer.standing == .waitsForRoom && answer.queue?.ahead == 1)
      #expect(
        try await alice.berth(
          "deploy", "x", "--cpu", "1", "--memory", "1GiB", "--dry-run", "--wait", "running",
          exits: 64
        ).contains("nothing is created"))
    }

    @Test func `an outsider learns nothing, a viewer may ask and not simulate`() async throws {
      let tenant = try await shared.superAdmin.createOrganization()
      _ = try await tenant.admin.createCluster(in: tenant.id)
      let deployment = try await tenant.admin.deploy(in: tenant.id)
      let wanted = request(tenant.id, cpu: 1)
      await expectRefusal(.notFound) { () async throws(RPCStatus) in
        try await shared.mallory.caller.deployments.explainDeployment(
          ExplainDeploymentRequest(id: deployment.id))
      }
      await expectRefusal(.notFound) { () async throws(RPCStatus) in
        try await shared.mallory.caller.deployments.simulateDeployment(
          SimulateDeploymentRequest(deployment: wanted))
      }
      let (viewer, _) = try await tenant.serviceCaller("viewer", on: stack)
      let seen = try await viewer.deployments.explainDeployment(
        ExplainDeploymentRequest(id: deployment.id))
      #expect(seen.deployment?.id == deployment.id)
      await expectRefusal(.permissionDenied) { () async throws(RPCStatus) in
        try await viewer.deployments.simulateDeployment(
          SimulateDeploymentRequest(deployment: wanted))
      }
      await expectInvalid("id") { () async throws(RPCStatus) in
        try await viewer.deployments.explainDeployment(ExplainDeploymentRequest(id: "x"))
      }
    }
  }
}
