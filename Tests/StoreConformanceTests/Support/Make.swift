internal import Domain
internal import PostgresStore
internal import Testing

/// Entities for tests: valid, different from each other, at a time that does not move.
enum Make {
  static let now = Instant(microseconds: 1_750_000_000_000_000)

  static func id<Entity>() -> Identifier<Entity> {
    Identifier.make(at: now, random: UInt128.random(in: .min ... .max))
  }

  static func digest() -> [UInt8] { (0..<32).map { _ in UInt8.random(in: .min ... .max) } }

  static func user(_ username: String = name("user"), isSuperAdmin: Bool = false) -> User {
    User(
      id: id(), username: username, displayName: "Display of \(username)",
      isSuperAdmin: isSuperAdmin, createdAt: now, updatedAt: now)
  }

  static func name(_ prefix: String) -> String {
    prefix + String(UInt64.random(in: .min ... .max), radix: 36)
  }

  static func organization(_ name: String = name("org")) -> Organization {
    Organization(id: id(), name: name, createdAt: now, updatedAt: now)
  }

  static func resources(cpu: Int64 = 0, memory: Int64 = 0, gpu: Int64 = 0) -> Resources {
    Resources(cpu: MilliCPU(cpu), memory: Bytes(memory), gpu: MilliGPU(gpu))
  }

  static func cluster(
    _ organization: OrganizationID, name: String = name("cluster"),
    capacity: Resources = resources(cpu: 8_000, memory: 1 << 33, gpu: 4_000),
    gpuModel: String = "A100"
  ) -> Cluster {
    Cluster(
      id: id(), organization: organization, name: name, capacity: capacity, gpuModel: gpuModel,
      createdAt: now, updatedAt: now)
  }

  static func deployment(
    _ organization: OrganizationID, cluster: ClusterID? = nil,
    request: Resources = resources(cpu: 1_000, memory: 1 << 30), gpuModels: [String] = [],
    priority: Int = 0, maxAttempts: Int = 3, createdBy: String = "user:tester",
    createdAt: Instant = now
  ) -> Deployment {
    Deployment(
      id: id(), organization: organization, requestedCluster: cluster, name: name("deployment"),
      image: "registry.example/model:1", command: ["serve", "--text", "a \"b\" \\ {c},d 'e'"],
      environment: ["EMPTY": "", "QUOTED": "a=\"b\",{c}\\d\n"], request: request,
      gpuModels: gpuModels, priority: priority, maxAttempts: maxAttempts, createdBy: createdBy,
      createdAt: createdAt, reason: "waiting for room", updatedAt: createdAt)
  }

  /// The deployments of a gang, by index.
  static func gang(
    _ organization: OrganizationID, _ count: Int,
    request: Resources = resources(cpu: 1_000, memory: 1 << 30), priority: Int = 0,
    maxAttempts: Int = 3
  ) -> [Deployment] {
    let one = deployment(
      organization, request: request, priority: priority, maxAttempts: maxAttempts)
    let ids: [DeploymentID] = (0..<count).map { _ in id() }.sorted()
    return ids.enumerated().map { index, id in
      Deployment(
        id: id, organization: organization, requestedCluster: nil, name: one.name,
        image: one.image, command: one.command, environment: one.environment, request: request,
        gpuModels: [], priority: priority, maxAttempts: maxAttempts, createdBy: one.createdBy,
        createdAt: one.createdAt, reason: one.reason, updatedAt: one.updatedAt,
        gang: GangPlace(id: ids[0], size: count, index: index))
    }
  }

  static func placement(
    _ deployment: Deployment, on cluster: ClusterID, devices: [Int] = []
  ) -> Placement {
    Placement(
      deployment: deployment.id, attempt: deployment.attempt + 1, cluster: cluster,
      gpuDevices: devices)
  }
}

extension PostgresStore {
  /// A user that is stored.
  func makeUser(_ username: String = Make.name("user")) async throws -> User {
    let user = Make.user(username)
    try await users.insert(user, passwordHash: "$scrypt$hash")
    return user
  }

  /// An organization that is stored, its first admin, and the digest of its code for developers.
  func makeOrganization() async throws -> (
    organization: Organization, admin: User, invite: [UInt8]
  ) {
    let admin = try await makeUser()
    let organization = Make.organization()
    let invite = Make.digest()
    try await organizations.insert(
      organization, creator: admin.id, inviteDigest: invite, inviteRole: .developer)
    return (organization, admin, invite)
  }

  /// A cluster of an organization of its own.
  func makeCluster(
    capacity: Resources = Make.resources(cpu: 8_000, memory: 1 << 33, gpu: 4_000)
  ) async throws -> Cluster {
    let organization = try await makeOrganization().organization
    return try await clusters.insert(Make.cluster(organization.id, capacity: capacity))
  }

  /// A deployment that waits; throws `.internal` for one that fits nowhere.
  func queue(
    _ deployment: Deployment, idempotency: IdempotencyKey?
  ) async throws(DomainError) -> Deployment {
    guard let queued = try await deployments.insert(deployment, idempotency: idempotency) else {
      throw .internal("it fits nowhere")
    }
    return queued
  }

  /// A gang that waits.
  func queue(gang: [Deployment]) async throws -> [Deployment] {
    guard try await deployments.insert(gang: gang, idempotency: nil) != nil else {
      throw DomainError.internal("it fits nowhere")
    }
    return gang
  }

  /// A gang that holds resources, dealt to the clusters in turn.
  func makePlaced(
    gang: [Deployment], on clusters: [Cluster], epoch: Epoch, devices: [[Int]]? = nil
  ) async throws -> [Deployment] {
    let queued = try await queue(gang: gang)
    let result = try await scheduler.place(
      queued.enumerated().map { index, member in
        Make.placement(
          member, on: clusters[index % clusters.count].id, devices: devices?[index] ?? [])
      }, epoch: epoch, now: Make.now)
    guard result == .placed(Set(queued.map(\.id))) else { throw NotPlaced(result: result) }
    return try await all(of: queued)
  }

  /// As they are now.
  func all(of deployments: [Deployment]) async throws -> [Deployment] {
    var all: [Deployment] = []
    for deployment in deployments {
      guard let one = try await self.deployments.deployment(deployment.id, in: .all) else {
        throw DomainError.notFound(kind: "deployment", name: deployment.id.description)
      }
      all.append(one)
    }
    return all
  }

  /// A deployment that holds resources on `cluster`.
  func makePlaced(
    on cluster: Cluster, request: Resources = Make.resources(cpu: 1_000, memory: 1 << 30),
    devices: [Int] = [], maxAttempts: Int = 3, epoch: Epoch
  ) async throws -> Deployment {
    let queued = try await queue(
      Make.deployment(cluster.organization, request: request, maxAttempts: maxAttempts),
      idempotency: nil)
    let result = try await scheduler.place(
      [Make.placement(queued, on: cluster.id, devices: devices)], epoch: epoch, now: Make.now)
    guard result == .placed([queued.id]),
      let placed = try await deployments.deployment(queued.id, in: .all)
    else { throw NotPlaced(result: result) }
    return placed
  }

  func beginTerm(_ shard: Shard = .whole) async throws -> Epoch {
    let epoch = try await scheduler.beginTerm(shard, replica: Make.id(), lease: .seconds(60))
    return try #require(epoch, "there is no shard \(shard)")
  }
}

/// A test's own placement did not happen.
struct NotPlaced: Error {
  let result: PlacementResult
}

extension Array where Element: Sendable {
  /// Every page of a listing, one after the other.
  static func everyPage(
    size: Int, _ list: (PageRequest) async throws -> Page<Element>
  ) async throws -> [Element] {
    var all: [Element] = []
    var token: String?
    repeat {
      let page = try await list(PageRequest(size: size, token: token))
      all += page.elements
      token = page.next
    } while token != nil
    return all
  }
}
