import Domain

/// The domain's services over one database in memory, a clock that stands and numbers from a seed.
struct Platform {
  let database = MemoryDatabase()
  let clock = SettableClock()
  let random: SeededRandom
  let hasher = CountingHasher()
  let signer = TableSigner()
  let broadcast = RecordingBroadcast()
  let access: Access
  let users: Users
  let organizations: Organizations
  let accounts: ServiceAccounts
  let clusters: Clusters
  let deployments: Deployments
  let quotas: Quotas
  let priorityClasses: PriorityClasses

  static let password = "correct horse battery"

  init(seed: UInt64 = 1, lifetimes: TokenLifetimes = TokenLifetimes()) {
    random = SeededRandom(seed: seed)
    let digest = FoldingDigest()
    access = Access(
      store: database, signer: signer, digest: digest, clock: clock, broadcast: broadcast)
    users = Users(
      store: database, organizations: database, hasher: hasher, signer: signer, digest: digest,
      random: random, clock: clock, lifetimes: lifetimes)
    organizations = Organizations(
      store: database, access: access, digest: digest, random: random, clock: clock)
    accounts = ServiceAccounts(
      store: database, access: access, digest: digest, random: random, clock: clock)
    clusters = Clusters(
      store: database, access: access, broadcast: broadcast, digest: digest, random: random,
      clock: clock)
    deployments = Deployments(
      store: database, clusters: database, quotas: database, classes: database,
      broadcast: broadcast, digest: digest, random: random, clock: clock)
    quotas = Quotas(store: database, clusters: database, broadcast: broadcast)
    priorityClasses = PriorityClasses(store: database, clock: clock)
  }

  /// Signs a person up and logs it in; the bearer token of its calls.
  func person(_ username: String) async throws -> String {
    _ = try await users.create(
      username: username, displayName: "", password: Self.password)
    return try await users.login(username: username, password: Self.password).tokens.accessToken
  }

  /// The leave to call a method, such as "ClusterService/GetCluster".
  func grant(_ method: String, _ bearer: String?) async throws(DomainError) -> AccessGrant {
    try await access.authorize(method: "berth.v1.\(method)", bearer: bearer)
  }

  func userID(_ username: String) async throws -> UserID {
    guard let known = try await database.credentials(username: username) else {
      throw DomainError.notFound(kind: "user", name: username)
    }
    return known.user.id
  }

  func superAdmin() async throws -> String { try await users.bootstrapSuperAdmin() }

  func organization(
    _ name: String, by bearer: String
  ) async throws -> (id: OrganizationID, inviteCode: String) {
    let made = try await organizations.create(
      try await grant("OrganizationService/CreateOrganization", bearer), name: name)
    return (made.organization.id, made.inviteCode)
  }

  /// Signs a person up who joins with this role.
  func member(
    _ username: String, of organization: OrganizationID, role: Role, admin: String
  ) async throws -> String {
    let code = try await organizations.rotateInvite(
      try await grant("OrganizationService/RotateInvite", admin),
      organizationID: organization.description, role: role.rawValue)
    let bearer = try await person(username)
    _ = try await organizations.join(
      try await grant("OrganizationService/JoinOrganization", bearer), inviteCode: code)
    return bearer
  }

  func cluster(
    _ name: String, in organization: OrganizationID, by bearer: String, cpu: Int64 = 4_000,
    memory: Int64 = 8 << 30, gpu: Int64 = 2_000, model: String = "A100"
  ) async throws -> Cluster {
    try await clusters.create(
      try await grant("ClusterService/CreateCluster", bearer),
      ClusterDraft(
        organizationID: organization.description, name: name,
        capacity: RequestedResources(cpuMillis: cpu, memoryBytes: memory, gpuMillis: gpu),
        gpuModel: model))
  }

  func deploy(_ draft: DeploymentDraft, by bearer: String) async throws(DomainError) -> Deployment {
    try await deployments.create(
      try await grant("DeploymentService/CreateDeployment", bearer), draft)
  }

  /// An organization "acme" whose admin is "ada", with an outsider "oscar" who has one of his own.
  static func acme() async throws -> Acme {
    let platform = Platform()
    let ada = try await platform.person("ada")
    let oscar = try await platform.person("oscar")
    let made = try await platform.organization("acme", by: ada)
    _ = try await platform.organization("oscorp", by: oscar)
    return Acme(
      platform: platform, id: made.id, inviteCode: made.inviteCode, ada: ada, oscar: oscar)
  }
}
