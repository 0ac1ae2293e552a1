/// Lets callers watch deployments change.
package struct DeploymentWatch: Sendable {
  private let feed: ChangeFeed
  private let deployments: any DeploymentStore

  package init(feed: ChangeFeed, deployments: any DeploymentStore) {
    self.feed = feed
    self.deployments = deployments
  }

  /// Every change from now on of what `scope` allows, narrowed to an organization or a deployment.
  /// With `includeCurrent` first what is now: one element a deployment that is not final (or the
  /// one asked for, whatever its state) with an event of sequence 0; no change between the two is
  /// missed and none is told again. Throws `.notFound` for a deployment outside `scope`.
  package func begin(
    scope: TenantScope, organization: OrganizationID? = nil, deployment: DeploymentID? = nil,
    includeCurrent: Bool = false
  ) async throws(DomainError) -> DeploymentWatchSequence {
    do {
      try await feed.waitUntilStarted()
    } catch {
      throw .aborted("the watch was cancelled")
    }
    let scope = Self.narrow(scope, to: organization)
    let subscription = feed.subscribe(to: Self.topic(scope, deployment))
    var current: [Deployment] = []
    if let deployment {
      guard let found = try await deployments.deployment(deployment, in: scope) else {
        throw .notFound(kind: "deployment", name: deployment.description)
      }
      current = [found]
    }
    return DeploymentWatchSequence(
      subscription: subscription, deployments: deployments, scope: scope, current: current,
      includeCurrent: includeCurrent, isSingle: deployment != nil)
  }

  private static func narrow(_ scope: TenantScope, to organization: OrganizationID?) -> TenantScope
  {
    guard let organization else { return scope }
    return .organizations(scope.contains(organization) ? [organization] : [])
  }

  private static func topic(_ scope: TenantScope, _ deployment: DeploymentID?) -> ChangeTopic {
    if let deployment { return .deployment(deployment) }
    switch scope {
    case .all: return .everything
    case .organizations(let set): return .organizations(set)
    }
  }
}

/// What a watch tells. Iterate it once. Ends with the task that iterates; throws `.aborted` when
/// the reader was too slow for the changes that came.
package struct DeploymentWatchSequence: AsyncSequence, Sendable {
  package typealias Element = ChangeBatch.Change

  fileprivate let subscription: ChangeSubscription
  fileprivate let deployments: any DeploymentStore
  fileprivate let scope: TenantScope
  fileprivate let current: [Deployment]
  fileprivate let includeCurrent: Bool
  fileprivate let isSingle: Bool

  package func makeAsyncIterator() -> Iterator { Iterator(self) }

  package struct Iterator: AsyncIteratorProtocol {
    private let source: DeploymentWatchSequence
    private var pending: [ChangeBatch.Change] = []
    private var position = 0
    /// How far those told as current were: the feed may tell of the same once more.
    private var told: [DeploymentID: Moment] = [:]
    private var listing: Listing

    private struct Moment {
      let progress: DeploymentProgress
      let at: Instant

      init(_ deployment: Deployment) {
        progress = deployment.progress
        at = deployment.updatedAt
      }

      /// A change while it is queued is no progress, but it is later.
      func isBefore(_ event: DeploymentEvent) -> Bool {
        event.progress == progress ? event.at > at : event.progress > progress
      }
    }

    /// Pages of what is now that are still to be told.
    private enum Listing {
      case first
      case after(String)
      case done
    }

    fileprivate init(_ source: DeploymentWatchSequence) {
      self.source = source
      listing = source.includeCurrent ? .first : .done
      if source.isSingle {
        // Also without `includeCurrent`: it says what the watch begins after.
        for deployment in source.current { told[deployment.id] = Moment(deployment) }
      }
    }

    package mutating func next() async throws(DomainError) -> ChangeBatch.Change? {
      try await next(isolation: #isolation)
    }

    package mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(DomainError) -> ChangeBatch.Change? {
      while true {
        if position < pending.count {
          position += 1
          return pending[position - 1]
        }
        pending.removeAll(keepingCapacity: true)
        position = 0
        guard try await fill() else { return nil }
      }
    }

    /// Adds to `pending`, perhaps nothing; false at the end.
    private mutating func fill() async throws(DomainError) -> Bool {
      switch listing {
      case .first: try await fillCurrent(after: nil)
      case .after(let token): try await fillCurrent(after: token)
      case .done: return try await fillChanges()
      }
      return true
    }

    private mutating func fillCurrent(after token: String?) async throws(DomainError) {
      if source.isSingle {
        listing = .done
        pending = source.current.map(Self.asChange)
        return
      }
      let active = Set(DeploymentState.allCases.filter { !$0.isFinal })
      let page = try await source.deployments.deployments(
        DeploymentFilter(states: active), in: source.scope,
        page: PageRequest(size: PageRequest.maximumSize, token: token))
      listing = page.next.map { .after($0) } ?? .done
      for deployment in page.elements where told[deployment.id] == nil {
        told[deployment.id] = Moment(deployment)
        pending.append(Self.asChange(deployment))
      }
    }

    private mutating func fillChanges() async throws(DomainError) -> Bool {
      switch await source.subscription.next() {
      case nil: return false
      case .resync:
        throw .aborted("the watch fell behind and changes were dropped: watch again")
      case .quotas: return true
      case .changes(let changes, _):
        for change in changes where source.scope.contains(change.deployment.organization) {
          if let known = told[change.event.deployment] {
            guard known.isBefore(change.event) else { continue }
            told[change.event.deployment] = nil
          }
          pending.append(change)
        }
        return true
      }
    }

    private static func asChange(_ deployment: Deployment) -> ChangeBatch.Change {
      ChangeBatch.Change(
        event: DeploymentEvent(
          deployment: deployment.id, sequence: 0, attempt: deployment.attempt,
          state: deployment.state, reason: deployment.reason, at: deployment.updatedAt),
        deployment: deployment)
    }
  }
}
