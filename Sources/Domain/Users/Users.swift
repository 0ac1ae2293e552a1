/// People: signing up, logging in, and who is who.
package struct Users: Sendable {
  let store: any UserStore
  let organizations: any OrganizationStore
  let hasher: any PasswordHasher
  let signer: any TokenSigner
  let digest: any SecretDigest
  let random: any SecureRandom
  let clock: any WallClock
  let lifetimes: TokenLifetimes
  let throttle: LoginThrottle
  let decoy = DecoyHash()

  package init(
    store: any UserStore, organizations: any OrganizationStore, hasher: any PasswordHasher,
    signer: any TokenSigner, digest: any SecretDigest, random: any SecureRandom,
    clock: any WallClock, lifetimes: TokenLifetimes = TokenLifetimes(),
    throttle: LoginThrottle = LoginThrottle()
  ) {
    self.store = store
    self.organizations = organizations
    self.hasher = hasher
    self.signer = signer
    self.digest = digest
    self.random = random
    self.clock = clock
    self.lifetimes = lifetimes
    self.throttle = throttle
  }

  /// Signs a person up; anyone may. An empty display name means the username. Throws
  /// `.alreadyExists` for a username that is taken.
  package func create(
    username: String, displayName: String, password: String
  ) async throws(DomainError) -> User {
    var validation = Validation()
    validation.username(username, "username")
    validation.label(
      displayName, "display_name", characters: 0...DomainLimits.displayNameCharacters)
    validation.password(password, username: username, "password")
    try validation.finish()
    guard username != Self.superAdminName else {
      throw .alreadyExists(kind: "user", name: username)
    }
    let hash = try await hasher.hash(password)
    let now = clock.now()
    let user = User(
      id: .make(at: now, random: random.next()), username: username,
      displayName: displayName.isEmpty ? username : displayName, createdAt: now, updatedAt: now)
    try await store.insert(user, passwordHash: hash)
    return user
  }

  /// The caller and where it is a member.
  package func whoAmI(_ grant: AccessGrant) async throws(DomainError) -> Caller {
    guard let principal = grant.principal else {
      throw .unauthenticated("\(grant.method) needs credentials: send a token")
    }
    var user: User?
    if case .user(let id) = principal.identity {
      user = try await store.user(id)
      if user == nil { throw .unauthenticated("the user of this token does not exist any more") }
    }
    var memberships: [Caller.Membership] = []
    let scope = TenantScope.organizations(Set(principal.memberships.keys))
    var token: String?
    repeat {
      let request = try PageRequest(size: PageRequest.maximumSize, token: token)
      let page = try await organizations.organizations(in: scope, page: request)
      for organization in page.elements {
        guard let role = principal.memberships[organization.id] else { continue }
        memberships.append(Caller.Membership(organization: organization, role: role))
      }
      token = page.next
    } while token != nil && memberships.count < principal.memberships.count
    return Caller(principal: principal, user: user, memberships: memberships)
  }

  /// Who shares an organization with the caller, the caller included; everybody for a SuperAdmin.
  package func list(
    _ grant: AccessGrant, page: RequestedPage
  ) async throws(DomainError) -> Page<User> {
    var validation = Validation()
    let page = validation.page(page)
    let request = try validation.passed(page)
    guard let principal = grant.principal else { return Page(elements: [], next: nil) }
    switch principal.identity {
    case .user(let id):
      return try await store.users(in: grant.visible, including: id, page: request)
    case .serviceAccount:
      return try await store.users(in: grant.visible, including: nil, page: request)
    case .agent:
      throw .permissionDenied("an agent may not list users")
    }
  }

  /// The SuperAdmin's username, which nobody can sign up with.
  package static let superAdminName = "superadmin"

  /// At first start: makes the SuperAdmin if there is none, and a key for it, which is shown this
  /// once.
  package func bootstrapSuperAdmin() async throws(DomainError) -> String {
    let now = clock.now()
    let user = User(
      id: .make(at: now, random: random.next()), username: Self.superAdminName,
      displayName: "SuperAdmin", isSuperAdmin: true, createdAt: now, updatedAt: now)
    let id = try await store.ensureSuperAdmin(user)
    let key = SecretText.token(prefix: SecretText.apiKeyPrefix, random: random)
    try await store.insertKey(digest: digest.digest(key), user: id)
    return key
  }
}
