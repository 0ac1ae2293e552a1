import Domain
import Testing

/// One test for each row of the list of known faults of a public implementation that is a rule of
/// the domain; its rows on transport, storage and scheduling are tested where those are.
@Suite struct KnownFaultTests {
  func stage() async throws -> (acme: Acme, platform: Platform, cluster: Cluster) {
    let acme = try await Platform.acme()
    let cluster = try await acme.platform.cluster("c1", in: acme.id, by: acme.ada)
    return (acme, acme.platform, cluster)
  }

  @Test func `fault 1: an outsider sees no organization, and nobody a code twice`() async throws {
    let (acme, platform, _) = try await stage()
    let page = try await platform.organizations.list(
      try await platform.grant("OrganizationService/ListOrganizations", acme.oscar),
      page: RequestedPage())
    #expect(page.elements.map(\.name) == ["oscorp"])
    // An organization as it is listed has no code to show, and the store has only its digest.
    let shown = platform.database.with { state in
      state.invites.values.contains { $0 == Array(acme.inviteCode.utf8) }
    }
    #expect(!shown)
  }

  @Test func `fault 2: the caller joins, and nobody else can be named`() async throws {
    let (acme, platform, _) = try await stage()
    _ = try await platform.organizations.join(
      try await platform.grant("OrganizationService/JoinOrganization", acme.oscar),
      inviteCode: acme.inviteCode)
    let oscar = try await platform.userID("oscar")
    let ada = try await platform.userID("ada")
    #expect(platform.database.with { Set($0.members[acme.id]!.keys) } == [oscar, ada])
  }

  @Test func `fault 3: an outsider cannot deploy into a cluster`() async throws {
    let (acme, platform, cluster) = try await stage()
    var draft = acme.draft(cluster: cluster)
    let named = await failure { try await platform.deploy(draft, by: acme.oscar) }
    #expect(named == .notFound(kind: "organization", name: acme.id.description))
    draft.organizationID = ""
    let derived = await failure { try await platform.deploy(draft, by: acme.oscar) }
    #expect(derived == .notFound(kind: "cluster", name: cluster.id.description))
  }

  @Test func `fault 4: an outsider cannot create a cluster`() async throws {
    let (acme, platform, _) = try await stage()
    let error = await failure { try await platform.cluster("c2", in: acme.id, by: acme.oscar) }
    #expect(error?.isNotFound == true)
  }

  @Test func `fault 5: an outsider cannot resize a cluster`() async throws {
    let (acme, platform, cluster) = try await stage()
    let error = await failure {
      try await platform.clusters.update(
        try await platform.grant("ClusterService/UpdateCluster", acme.oscar),
        id: cluster.id.description, RequestedClusterChange(cpuMillis: 1))
    }
    #expect(error == .notFound(kind: "cluster", name: cluster.id.description))
    #expect(platform.database.with { $0.clusters[cluster.id] } == cluster)
  }

  @Test func `fault 6: an outsider cannot list members`() async throws {
    let (acme, platform, _) = try await stage()
    let error = await failure {
      try await platform.organizations.members(
        try await platform.grant("OrganizationService/ListMembers", acme.oscar),
        organizationID: acme.id.description, page: RequestedPage())
    }
    #expect(error?.isNotFound == true)
  }

  @Test func `fault 7: nobody but a SuperAdmin lists users of other organizations`() async throws {
    let (acme, platform, _) = try await stage()
    let page = try await platform.users.list(
      try await platform.grant("UserService/ListUsers", acme.oscar), page: RequestedPage())
    #expect(page.elements.map(\.username) == ["oscar"])
  }

  @Test func `fault 8: nobody but a SuperAdmin triggers the scheduler`() async throws {
    let (acme, platform, _) = try await stage()
    for bearer in [acme.ada, acme.oscar] {
      let error = await failure {
        try await platform.grant("AdminService/TriggerScheduler", bearer)
      }
      #expect(error?.isPermissionDenied == true)
    }
  }

  @Test func `fault 9: a missing token is unauthenticated, on every method that wants one`()
    async throws
  {
    let platform = Platform()
    for (method, rule) in AccessRules.standard where rule != .anyone {
      let error = await failure {
        try await platform.access.authorize(method: method, bearer: nil)
      }
      #expect(error?.isUnauthenticated == true, "\(method)")
    }
  }

  @Test func `fault 10: a token lives as long as is configured`() async throws {
    let platform = Platform(lifetimes: TokenLifetimes(access: .seconds(30 * 60)))
    let ada = try await platform.person("ada")
    platform.clock.advance(by: .seconds(30 * 60 - 1))
    #expect(try await platform.access.authenticate(bearer: ada) != nil)
    platform.clock.advance(by: .seconds(1))
    let error = await failure { try await platform.access.authenticate(bearer: ada) }
    #expect(error?.isUnauthenticated == true)
  }

  @Test func `fault 11: two users of one password have different hashes`() async throws {
    let (_, platform, _) = try await stage()
    let ada = try await platform.database.credentials(username: "ada")
    let oscar = try await platform.database.credentials(username: "oscar")
    #expect(ada?.passwordHash != oscar?.passwordHash)
  }

  @Test func `faults 13, 14, 15: names and memberships are taken once`() async throws {
    let (acme, platform, _) = try await stage()
    let errors = [
      await failure { try await platform.person("ada") },
      await failure { try await platform.cluster("c1", in: acme.id, by: acme.ada) },
      await failure {
        try await platform.organizations.join(
          try await platform.grant("OrganizationService/JoinOrganization", acme.ada),
          inviteCode: acme.inviteCode)
      },
    ]
    for error in errors { #expect(error?.isAlreadyExists == true) }
  }

  @Test func `fault 16: a cluster does not shrink below what is allocated`() async throws {
    let (acme, platform, cluster) = try await stage()
    let made = try await platform.deploy(acme.draft(cluster: cluster), by: acme.ada)
    platform.database.run(made.id, on: cluster.id, now: platform.clock.now())
    let error = await failure {
      try await platform.clusters.update(
        try await platform.grant("ClusterService/UpdateCluster", acme.ada),
        id: cluster.id.description, RequestedClusterChange(cpuMillis: 100))
    }
    #expect(error?.isFailedPrecondition == true)
  }

  @Test func `fault 17: three deployments of a tenth of a device fit in three tenths`() {
    let tenth = Resources(cpu: MilliCPU(100), memory: Bytes(1), gpu: MilliGPU(100))
    let room = Resources(cpu: MilliCPU(300), memory: Bytes(3), gpu: MilliGPU(300))
    #expect((tenth + tenth + tenth).fits(in: room))
    #expect(room - tenth - tenth - tenth == .zero)
  }

  @Test func `fault 18: an empty image is refused`() async throws {
    let (acme, platform, cluster) = try await stage()
    var draft = acme.draft(cluster: cluster)
    draft.image = ""
    #expect(await refusedFields { try await platform.deploy(draft, by: acme.ada) } == ["image"])
  }

  @Test func `fault 19: a huge number is refused by field`() async throws {
    let (acme, platform, cluster) = try await stage()
    var draft = acme.draft(cluster: cluster)
    draft.resources = RequestedResources(cpuMillis: .max, memoryBytes: .max, gpuMillis: .max)
    #expect(
      await refusedFields { try await platform.deploy(draft, by: acme.ada) }
        == ["resources.cpu_millis", "resources.memory_bytes", "resources.gpu_millis"])
  }

  @Test func `fault 20: an unknown organization is not found`() async throws {
    let (acme, platform, _) = try await stage()
    let unknown = OrganizationID(77)
    for bearer in [acme.ada, try await platform.superAdmin()] {
      let error = await failure { try await platform.cluster("c9", in: unknown, by: bearer) }
      #expect(error == .notFound(kind: "organization", name: unknown.description))
    }
  }

  @Test func `fault 21: a deployment without GPU is allowed`() async throws {
    let (acme, platform, cluster) = try await stage()
    let made = try await platform.deploy(acme.draft(cluster: cluster), by: acme.ada)
    #expect(made.request.gpu == MilliGPU(0))
  }

  @Test func `fault 22: a repeated create makes one deployment`() async throws {
    let (acme, platform, cluster) = try await stage()
    var draft = acme.draft(cluster: cluster)
    draft.idempotencyKey = "once"
    let ids = [
      try await platform.deploy(draft, by: acme.ada).id,
      try await platform.deploy(draft, by: acme.ada).id,
    ]
    #expect(Set(ids).count == 1)
  }

  @Test func `fault 23: an unknown state is refused by its place`() async throws {
    let (acme, platform, _) = try await stage()
    let grant = try await platform.grant("DeploymentService/ListDeployments", acme.ada)
    #expect(
      await refusedFields {
        try await platform.deployments.list(grant, DeploymentQuery(states: [nil]))
      } == ["states[0]"])
  }

  @Test func `fault 29: there is no call that drops anything`() async throws {
    let platform = Platform()
    let root = try await platform.superAdmin()
    for method in ["AdminService/DropTables", "AdminService/Reset", "x"] {
      let error = await failure { try await platform.grant(method, root) }
      #expect(error?.isPermissionDenied == true)
    }
  }
}
