import Domain
import Testing

@Suite struct IdempotencyTests {
  struct Stage {
    let acme: Acme
    let cluster: Cluster
    var draft: DeploymentDraft
  }

  func stage() async throws -> Stage {
    let acme = try await Platform.acme()
    let cluster = try await acme.platform.cluster("c1", in: acme.id, by: acme.ada)
    var draft = acme.draft(cluster: cluster)
    draft.idempotencyKey = "key-1"
    return Stage(acme: acme, cluster: cluster, draft: draft)
  }

  @Test func `a repeated create answers the first one, also when it has moved on`() async throws {
    let stage = try await stage()
    let platform = stage.acme.platform
    let first = try await platform.deploy(stage.draft, by: stage.acme.ada)
    platform.clock.advance(by: .seconds(10))
    #expect(try await platform.deploy(stage.draft, by: stage.acme.ada) == first)
    platform.database.run(first.id, on: stage.cluster.id, now: platform.clock.now())
    let later = try await platform.deploy(stage.draft, by: stage.acme.ada)
    #expect(later.id == first.id && later.state == .running)
    #expect(platform.database.with { $0.deployments.count } == 1)
  }

  @Test func `it answers the first one though its cluster has shrunk since`() async throws {
    let stage = try await stage()
    let platform = stage.acme.platform
    let first = try await platform.deploy(stage.draft, by: stage.acme.ada)
    _ = try await platform.clusters.update(
      try await platform.grant("ClusterService/UpdateCluster", stage.acme.ada),
      id: stage.cluster.id.description, RequestedClusterChange(cpuMillis: 1))
    #expect(try await platform.deploy(stage.draft, by: stage.acme.ada) == first)
    var other = stage.draft
    other.idempotencyKey = "key-2"
    let error = await failure { try await platform.deploy(other, by: stage.acme.ada) }
    #expect(error?.isFailedPrecondition == true)
  }

  @Test func `the key with any other request is refused`() async throws {
    let stage = try await stage()
    let platform = stage.acme.platform
    _ = try await platform.deploy(stage.draft, by: stage.acme.ada)
    let changes: [(inout DeploymentDraft) -> Void] = [
      { $0.clusterID = "any" }, { $0.name = "bert2" }, { $0.image = "other:1" },
      { $0.command = ["serve --port 80"] }, { $0.command = [] },
      { $0.environment["BATCH"] = "9" }, { $0.environment = ["MODEL": "bertBATCH", "X": "8"] },
      { $0.resources?.cpuMillis = 501 }, { $0.resources?.memoryBytes += 1 },
      { $0.resources?.gpuMillis = 100 }, { $0.priority = 6 }, { $0.maxAttempts = 4 },
    ]
    for (index, change) in changes.enumerated() {
      var draft = stage.draft
      change(&draft)
      let error = await failure { try await platform.deploy(draft, by: stage.acme.ada) }
      #expect(error?.isFailedPrecondition == true, "change \(index)")
    }
    #expect(platform.database.with { $0.deployments.count } == 1)
  }

  @Test func `what means the same is the same request`() async throws {
    let stage = try await stage()
    let platform = stage.acme.platform
    let first = try await platform.deploy(stage.draft, by: stage.acme.ada)
    var draft = stage.draft
    draft.maxAttempts = 3
    draft.organizationID = ""
    #expect(try await platform.deploy(draft, by: stage.acme.ada) == first)
  }

  @Test func `a key is its caller's own`() async throws {
    let stage = try await stage()
    let platform = stage.acme.platform
    let bob = try await platform.member(
      "bob", of: stage.acme.id, role: .developer, admin: stage.acme.ada)
    let first = try await platform.deploy(stage.draft, by: stage.acme.ada)
    let other = try await platform.deploy(stage.draft, by: bob)
    #expect(first.id != other.id)
  }

  @Test func `without a key every create is a new one`() async throws {
    var stage = try await stage()
    stage.draft.idempotencyKey = ""
    let platform = stage.acme.platform
    let first = try await platform.deploy(stage.draft, by: stage.acme.ada)
    let second = try await platform.deploy(stage.draft, by: stage.acme.ada)
    #expect(first.id != second.id)
  }
}
