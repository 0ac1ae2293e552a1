import Domain
import Synchronization

/// Every store in memory, with the promises of the protocols: unique names, tenancy, amounts that
/// add up.
final class MemoryDatabase: Sendable {
  struct State {
    var users: [UserID: StoredCredentials] = [:]
    var userKeys: [[UInt8]: UserID] = [:]
    var refreshTokens: [[UInt8]: RefreshRow] = [:]
    var organizations: [OrganizationID: Organization] = [:]
    var invites: [Invite: [UInt8]] = [:]
    var members: [OrganizationID: [UserID: Membership]] = [:]
    var accounts: [ServiceAccountID: ServiceAccount] = [:]
    var accountKeys: [[UInt8]: ServiceAccountID] = [:]
    var clusters: [ClusterID: Cluster] = [:]
    var quotas: [OrganizationID: OrganizationQuota] = [:]
    var agentTokens: [[UInt8]: ClusterID] = [:]
    var deployments: [DeploymentID: Deployment] = [:]
    var events: [DeploymentEvent] = []
    var classes: [String: PriorityClass] = [:]
    var keys: [KeyScope: (digest: [UInt8], deployment: DeploymentID)] = [:]
    var rules = AccessRules.standard
    /// How often a principal or the rules were read.
    var reads = 0
    /// Thrown by the next read of `AccessStore`.
    var failure: DomainError?
  }

  struct RefreshRow {
    let user: UserID
    let login: Nonce
    let expiresAt: Instant
    var isUsed = false
    var isRevoked = false
  }

  struct Invite: Hashable {
    let organization: OrganizationID
    let role: Role
  }

  struct Membership {
    var role: Role
    let joinedAt: Instant
  }

  struct KeyScope: Hashable {
    let key: String
    let organization: OrganizationID
    let createdBy: String
  }

  private let state = Mutex(State())
  /// Runs between a read of `AccessStore` and its answer, once: what happens meanwhile.
  private let interlude = Mutex<(@Sendable () -> Void)?>(nil)

  func with<R, E: Error>(_ body: (inout State) throws(E) -> sending R) throws(E) -> sending R {
    try state.withLock { state throws(E) in try body(&state) }
  }

  func onNextRead(_ body: @escaping @Sendable () -> Void) {
    interlude.withLock { $0 = body }
  }

  func runInterlude() {
    let body = interlude.withLock { held in
      defer { held = nil }
      return held
    }
    body?()
  }

  /// One page of what is sorted already; a token is how many came before.
  static func page<Element>(
    _ elements: [Element], _ request: PageRequest
  ) throws(DomainError) -> Page<Element> {
    guard let start = Int(request.token ?? "0"), start >= 0, start <= elements.count else {
      throw .invalid([Violation("page.token", "is not one that this server gave")])
    }
    let end = min(start + request.size, elements.count)
    return Page(
      elements: Array(elements[start..<end]), next: end < elements.count ? "\(end)" : nil)
  }
}
