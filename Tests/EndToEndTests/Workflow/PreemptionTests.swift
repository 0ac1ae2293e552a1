import Messages
import RPCClient
import TestSupport
import Testing

extension EndToEnd.OnStacksOfTheirOwn {
  /// Classes, preemption, time limits and changes while queued, by real processes.
  @Suite(.serialized, .timeLimit(.minutes(2))) struct PreemptionTests {
    private static func request(
      _ cluster: Cluster, priorityClass: String, maxAttempts: Int32 = 3
    ) -> CreateDeploymentRequest {
      CreateDeploymentRequest(
        clusterID: cluster.id, image: "example.com/model:1",
        resources: Resources(cpuMillis: 800, memoryBytes: 1 << 20), maxAttempts: maxAttempts,
        priorityClass: priorityClass)
    }

    @Test
    func `an urgent deployment takes the place of a batch one, which runs again when it has ended`()
      async throws
    {
      try await Stack.with { stack in
        let admin = try await stack.superAdmin()
        let tenant = try await admin.createOrganization()
        let cluster = try await admin.createCluster(in: tenant.id)
        let agent = try await RunningAgent.start(for: cluster.id, by: admin, on: stack)
        let classes = PriorityClassServiceClient(admin.channel)
        _ = try await classes.putPriorityClass(
          PutPriorityClassRequest(name: "nightly", priority: 10, protection: ProtobufDuration()))
        let batch = try #require(
          try await admin.deployments.createDeployment(
            Self.request(cluster, priorityClass: "nightly")
          ).deployment)
        #expect(batch.priority == 10)
        try await admin.wait(for: .running, of: batch.id)
        let urgent = try #require(
          try await admin.deployments.createDeployment(
            Self.request(cluster, priorityClass: "urgent")
          ).deployment)
        #expect(urgent.preempts && urgent.priority == 900)
        try await admin.wait(for: .running, of: urgent.id)
        let back = try await admin.deployment(batch.id)
        #expect(back.state == .queued && back.attempt == 1)
        #expect(back.reason == "preempted by \(urgent.id)")
        try await eventually("the container of the victim to end") {
          try agent.runningContainers() == ["\(urgent.id).1"]
        }
        // While it waits it may be changed; an outsider does not even see it.
        let changed = try await admin.deployments.updateDeployment(
          UpdateDeploymentRequest(id: batch.id, priority: 20))
        #expect(changed.deployment?.priority == 20 && changed.deployment?.priorityClass == "")
        let outsider = try await stack.signUp()
        await expectRefusal(.notFound) { () async throws(RPCStatus) in
          try await outsider.caller.deployments.updateDeployment(
            UpdateDeploymentRequest(id: batch.id, priority: 21))
        }
        let viewer = try await tenant.serviceCaller("viewer", on: stack).caller
        await expectRefusal(.permissionDenied) { () async throws(RPCStatus) in
          try await viewer.deployments.updateDeployment(
            UpdateDeploymentRequest(id: batch.id, priority: 21))
        }
        await expectRefusal(.permissionDenied) { () async throws(RPCStatus) in
          try await PriorityClassServiceClient(viewer.channel).putPriorityClass(
            PutPriorityClassRequest(name: "mine", priority: 1_000, preempts: true))
        }
        await expectRefusal(.failedPrecondition) { () async throws(RPCStatus) in
          try await admin.deployments.updateDeployment(
            UpdateDeploymentRequest(id: urgent.id, priority: 21))
        }
        // Another waits for a moment only, behind it.
        let brief = try #require(
          try await admin.deployments.createDeployment(
            CreateDeploymentRequest(
              clusterID: cluster.id, image: "example.com/model:1",
              resources: Resources(cpuMillis: 800, memoryBytes: 1 << 20),
              queueTimeToLive: ProtobufDuration(seconds: 1))
          ).deployment)
        let expired = try await admin.wait(for: .failed, of: brief.id)
        #expect(expired.reason.hasPrefix("queue-timeout"))
        _ = try await admin.deployments.completeDeployment(
          CompleteDeploymentRequest(id: urgent.id))
        let again = try await admin.wait(for: .running, of: batch.id)
        #expect(again.attempt == 2)
        try await Invariants.expectHold(in: stack.database)
      }
    }
  }
}
