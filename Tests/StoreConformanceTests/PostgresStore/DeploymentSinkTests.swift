@testable internal import ControlPlane
internal import Domain
internal import Messages
@testable internal import PostgresStore
internal import Testing

/// What goes from a row to the wire is what the value in between would have become.
@Suite(.timeLimit(.minutes(5))) struct DeploymentSinkTests {
  /// With every field set in one or the other, and texts of all lengths.
  private static func varied(_ organization: OrganizationID, _ index: Int) -> Domain.Deployment {
    let long = String(repeating: "ü", count: [0, 1, 63, 64, 8_191, 8_192][index % 6])
    return Domain.Deployment(
      id: Make.id(), organization: organization, requestedCluster: nil, name: long,
      image: "registry.example/model:\(index)",
      command: index.isMultiple(of: 2) ? [] : ["", "a \"b\"", long],
      environment: index.isMultiple(of: 3) ? [:] : ["B": "", "A": long, "Z_": "\n", "AA": "1"],
      request: Make.resources(cpu: Int64(index), memory: 1 << 30, gpu: index == 4 ? 2_000 : 0),
      gpuModels: index == 4 ? ["A100", "H100 ü"] : [], priority: index * 7, maxAttempts: 1 + index,
      createdBy: "user:tester",
      createdAt: Instant(microseconds: Make.now.microseconds + Int64(index) * 999_999),
      reason: long, updatedAt: Make.now)
  }

  @Test func `a deployment goes to the wire as its value would`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      let epoch = try await store.beginTerm()
      for index in 0..<6 {
        _ = try await store.queue(Self.varied(cluster.organization, index), idempotency: nil)
      }
      _ = try await store.makePlaced(on: cluster, epoch: epoch)
      let held = try await store.makePlaced(
        on: cluster, request: Make.resources(cpu: 1, memory: 1, gpu: 2_000), devices: [1, 3],
        epoch: epoch)
      for outcome in [
        AgentReport.Outcome.running, .failed(exitCode: -1, retryAt: Make.now + .seconds(9)),
      ] {
        _ = try await store.deployments.apply(
          AgentReport(deployment: held.id, attempt: 1, outcome: outcome, reason: "because"),
          cluster: cluster.id, now: Make.now + .microseconds(1))
      }
      for scope in [TenantScope.all, .organizations([cluster.organization])] {
        let all = try await store.deployments.deployments(
          DeploymentFilter(), in: scope, page: try PageRequest(size: 50, token: nil)
        ).elements
        #expect(all.count == 8)
        for deployment in all {
          let answer = DeploymentAnswer(expecting: 1)
          let owner = try await store.deployments.deployment(
            deployment.id, in: scope, into: answer)
          #expect(owner == cluster.organization)
          let expected = GetDeploymentResponse(deployment: Messages.Deployment(deployment))
          #expect(answer.serialized() == expected.serialized())
          let ofValue = DeploymentAnswer(expecting: 1)
          ofValue.add(deployment)
          #expect(ofValue.serialized() == expected.serialized())
        }
      }
    }
  }

  @Test func `a page goes to the wire as its values would, with the next one's token`()
    async throws
  {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      for index in 0..<6 {
        _ = try await store.queue(Self.varied(cluster.organization, index), idempotency: nil)
      }
      let scope = TenantScope.organizations([cluster.organization])
      for size in [1, 4, 5, 6, 7] {
        let page = try PageRequest(size: size, token: nil)
        let values = try await store.deployments.deployments(
          DeploymentFilter(), in: scope, page: page)
        let answer = DeploymentAnswer(expecting: 1)
        let next = try await store.deployments.deployments(
          DeploymentFilter(), in: scope, page: page, into: answer)
        #expect(next == values.next)
        #expect((next == nil) == (size >= 6))
        if let next { answer.end(nextPageToken: next) }
        let expected = ListDeploymentsResponse(
          deployments: values.elements.map(Messages.Deployment.init), nextPageToken: next ?? "")
        #expect(answer.serialized() == expected.serialized())
      }
    }
  }

  @Test func `what does not exist for the caller is not handed out`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      let other = try await store.makeOrganization().organization
      let deployment = try await store.queue(
        Self.varied(cluster.organization, 1), idempotency: nil)
      for scope in [TenantScope.organizations([other.id]), .organizations([])] {
        let answer = DeploymentAnswer(expecting: 1)
        let owner = try await store.deployments.deployment(deployment.id, in: scope, into: answer)
        #expect(owner == nil)
        #expect(answer.serialized() == [])
      }
    }
  }
}
