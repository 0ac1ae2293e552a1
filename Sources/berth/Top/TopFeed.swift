import RPCClient

/// Tells the view what the server knows: changes as they come, the rest at an interval.
struct TopFeed: Sendable {
  let session: Session
  let interval: Duration
  /// Takes what came in.
  let view: TopView

  private var deployments: DeploymentServiceClient { DeploymentServiceClient(session.channel) }

  /// Follows the organization that the view names, until it names another one. Ends by a failure
  /// that waiting does not mend.
  func run() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await refresh() }
      group.addTask { try await answer() }
      group.addTask { try await followScopes() }
      try await group.next()
      group.cancelAll()
    }
  }

  // MARK: Changes

  private func followScopes() async throws {
    var scope = await nextScope()
    while let current = scope {
      scope = try await withThrowingTaskGroup(of: TopScope?.self) { group in
        group.addTask {
          try await follow(current.organization)
          return nil
        }
        group.addTask { await nextScope() }
        defer { group.cancelAll() }
        return try await group.next() ?? nil
      }
    }
  }

  private func nextScope() async -> TopScope? {
    for await scope in view.scopes { return scope }
    return nil
  }

  private func follow(_ organization: String?) async throws {
    var delay = TopLimits.firstDelay
    while true {
      let begin = ContinuousClock.now
      do {
        try await watch(organization)
      } catch let status as RPCStatus where status.code == .unavailable {
        if ContinuousClock.now - begin >= TopLimits.settling { delay = TopLimits.firstDelay }
        await view.update { data, now in
          if case .away(_, let since) = data.link {
            data.link = .away(reason: status.message, since: since)
          } else {
            data.link = .away(reason: status.message, since: now)
          }
        }
        try await Task.sleep(for: delay * Double.random(in: 0.5...1))
        delay = min(delay * 2, TopLimits.longestDelay)
      }
    }
  }

  /// One stream of changes, until it ends.
  private func watch(_ organization: String?) async throws {
    let number = await view.update { data, _ in data.beginWatch() }
    try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        let request = WatchDeploymentsRequest(
          organizationID: organization ?? "", includeCurrent: true)
        for try await change in deployments.watchDeployments(request, options: session.endless) {
          await view.update { data, now in
            data.take(change, now: now)
            data.link = .live
          }
        }
        return true
      }
      group.addTask {
        try await reconcile(organization, watch: number)
        return false
      }
      while let isOver = try await group.next() {
        if isOver { break }
      }
      group.cancelAll()
    }
    // A server ends a watch with a status; this one is as good as gone.
    throw RPCStatus(.unavailable, "the server ended the watch")
  }

  /// Lets go of what ended while nobody listened, once the watch is sure to have begun.
  private func reconcile(_ organization: String?, watch number: Int) async throws {
    try await Task.sleep(for: TopLimits.settling)
    let alive = try await alive(organization)
    let ids = Set(alive.map(\.id))
    await view.update { data, _ in
      data.reconcile(with: ids, watch: number)
      data.link = .live
    }
  }

  // MARK: What is asked for

  /// What there is now, once.
  func load() async throws {
    let scope = await view.organization
    let alive = try await alive(scope)
    await view.update { data, _ in data.load(alive) }
    var asksScheduler = true
    try await refreshOnce(asksScheduler: &asksScheduler)
  }

  private func alive(_ organization: String?) async throws -> [Deployment] {
    try await session.deployments(
      ListDeploymentsRequest(
        organizationID: organization ?? "", states: [.queued, .scheduled, .starting, .running]),
      limit: TopLimits.deployments)
  }

  private func refresh() async throws {
    var asksScheduler = true
    while true {
      do {
        try await refreshOnce(asksScheduler: &asksScheduler)
      } catch let status as RPCStatus where Self.passes(status) {}
      try await Task.sleep(for: interval)
    }
  }

  /// Whether the same question may have an answer a while later.
  private static func passes(_ status: RPCStatus) -> Bool {
    switch status.code {
    case .unavailable, .deadlineExceeded, .resourceExhausted, .aborted, .internal: true
    default: false
    }
  }

  func refreshOnce(asksScheduler: inout Bool) async throws {
    let scope = await view.organization
    let organizations = try await session.organizations()
    let clusters = try await session.clusters(
      ListClustersRequest(organizationID: scope ?? ""), limit: TopLimits.clusters)
    await view.update { data, _ in
      data.organizations = organizations
      data.clusters = clusters
      data.areClustersCut = clusters.count >= TopLimits.clusters
    }
    if asksScheduler {
      do throws(RPCStatus) {
        let answer = try await AdminServiceClient(session.channel).getScheduler(
          GetSchedulerRequest(), options: session.call)
        await view.update { data, _ in data.scheduler = .known(answer) }
      } catch {
        guard error.code == .permissionDenied else { throw error }
        asksScheduler = false
        await view.update { data, _ in data.scheduler = .refused }
      }
    }
    for id in await view.toExplain() { try await explain(id) }
    if let open = await view.openDeployment { try await explain(open) }
  }

  /// Details that were opened are asked for at once.
  private func answer() async throws {
    for await id in view.opened {
      do {
        try await explain(id)
      } catch let status as RPCStatus where Self.passes(status) {
        if let deployment = await view.deployment(id) {
          await view.show(TopDetails(deployment, failure: status))
        }
      }
    }
  }

  private func explain(_ id: String) async throws {
    do throws(RPCStatus) {
      let answer = try await deployments.explainDeployment(
        ExplainDeploymentRequest(id: id), options: session.call)
      await view.update { data, now in data.explain(id, answer.summary, now: now) }
      await view.show(TopDetails(answer))
    } catch {
      guard error.code == .notFound || error.code == .permissionDenied else { throw error }
      if let deployment = await view.deployment(id) {
        await view.show(TopDetails(deployment, failure: error))
      }
    }
  }
}
