import Synchronization

/// Tails the changes of deployments and clusters and hands them to subscribers: the scheduler,
/// agent sessions, watchers. It looks when it is told to (`kick`, `Broadcast`), and at
/// `pollInterval` in case it was not. A subscriber that loads a snapshot after it subscribed misses
/// nothing.
package final class ChangeFeed: Sendable {
  private struct State {
    var nextID = 0
    var everything: [Int: ChangeMailbox] = [:]
    var byOrganization: [OrganizationID: [Int: ChangeMailbox]] = [:]
    var byDeployment: [DeploymentID: [Int: ChangeMailbox]] = [:]
    var isStarted = false
    var startWaiters: [WakeUp] = []
    var failures = 0
  }

  private let store: any ChangeStore
  private let broadcast: any Broadcast
  private let environment: DomainEnvironment
  private let configuration: ChangeFeedConfiguration
  private let wakeUp = WakeUp(raised: true)
  private let state = Mutex(State())

  package init(
    store: any ChangeStore, broadcast: any Broadcast, environment: DomainEnvironment,
    configuration: ChangeFeedConfiguration = ChangeFeedConfiguration()
  ) {
    self.store = store
    self.broadcast = broadcast
    self.environment = environment
    self.configuration = configuration
  }

  /// Failed looks in a row; 0: the feed is current.
  package var failures: Int { state.withLock { $0.failures } }

  /// Looks for changes now: called after a commit in this process. Costs nothing while a look is
  /// due.
  package func kick() { wakeUp.raise() }

  package var isStarted: Bool { state.withLock { $0.isStarted } }

  /// Returns once the feed has its place: what commits after that reaches whoever subscribes now.
  package func waitUntilStarted() async throws(CancellationError) {
    let waiter = WakeUp()
    let isStarted = state.withLock { state in
      if !state.isStarted { state.startWaiters.append(waiter) }
      return state.isStarted
    }
    guard !isStarted else { return }
    await waiter.wait()
    state.withLock { state in state.startWaiters.removeAll { $0 === waiter } }
    if Task.isCancelled { throw CancellationError() }
  }

  /// Follows the feed until its task is cancelled. Errors are logged and retried.
  package func run() async {
    let notices = broadcast.notices()
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        for await notice in notices {
          switch notice {
          case .changed, .connected: self.kick()
          case .accessChanged: continue
          }
        }
      }
      group.addTask {
        while (try? await self.environment.sleeper.sleep(for: self.configuration.pollInterval))
          != nil
        {
          self.kick()
        }
      }
      await self.tail()
      group.cancelAll()
    }
  }

  private func tail() async {
    var cursor: ChangeCursor?
    var window = ChangeFeedWindow()
    var backoff = Backoff(configuration.retry)
    while !Task.isCancelled {
      await wakeUp.wait()
      if Task.isCancelled { return }
      do throws(DomainError) {
        let found = try await look(&cursor, &window)
        backoff.reset()
        state.withLock { $0.failures = 0 }
        // Each look has a price of its own: many changes are better read together.
        if found >= ChangeFeedLimits.manyChanges {
          try? await environment.sleeper.sleep(for: configuration.pauseAfterMany)
        }
      } catch {
        let delay = backoff.next(environment.jitter)
        state.withLock { $0.failures = backoff.failures }
        environment.log.write(
          .warning, "the change feed cannot read; trying again",
          ["error": "\(error)", "failures": "\(backoff.failures)"])
        try? await environment.sleeper.sleep(for: delay)
        wakeUp.raise()
      }
    }
  }

  /// One round: every page until there is no more. Returns how many changes it found.
  private func look(
    _ cursor: inout ChangeCursor?, _ window: inout ChangeFeedWindow
  ) async throws(DomainError) -> Int {
    guard var place = cursor else {
      cursor = try await store.currentCursor()
      markStarted()
      return 0
    }
    var found = 0
    while true {
      let page = try await store.changes(since: place, limit: ChangeFeedLimits.batchEvents)
      place = page.next
      cursor = place
      let (changes, clusters) = window.filter(page)
      deliver(changes, clusters: clusters)
      deliver(page.quotas)
      found += changes.count
      if !page.isMore || Task.isCancelled { return found }
    }
  }

  private func markStarted() {
    let waiters = state.withLock { state in
      state.isStarted = true
      defer { state.startWaiters = [] }
      return state.startWaiters + state.everything.values.map(\.wakeUp)
    }
    for waiter in waiters { waiter.raise() }
  }
}

// MARK: - Subscribers

extension ChangeFeed {
  /// Hears of `topic` from now on, through a buffer of `buffer` changes. `wakes` is raised at each
  /// delivery instead of a waiter of the subscription's own.
  package func subscribe(
    to topic: ChangeTopic = .everything, buffer: Int = ChangeFeedLimits.bufferedChanges,
    wakes: WakeUp = WakeUp()
  ) -> ChangeSubscription {
    let mailbox = ChangeMailbox(topic: topic, limit: buffer, wakeUp: wakes)
    let id = state.withLock { state in
      state.nextID += 1
      let id = state.nextID
      switch topic {
      case .everything: state.everything[id] = mailbox
      case .organizations(let organizations):
        for organization in organizations {
          state.byOrganization[organization, default: [:]][id] = mailbox
        }
      case .deployment(let deployment):
        state.byDeployment[deployment, default: [:]][id] = mailbox
      }
      return id
    }
    return ChangeSubscription(mailbox: mailbox) { [weak self] in self?.remove(id, topic: topic) }
  }

  /// Subscriptions that were not cancelled.
  package var subscriberCount: Int {
    state.withLock { state in
      state.everything.count + state.byDeployment.values.reduce(0) { $0 + $1.count }
        + Set(state.byOrganization.values.flatMap(\.keys)).count
    }
  }

  private func remove(_ id: Int, topic: ChangeTopic) {
    state.withLock { state in
      switch topic {
      case .everything: state.everything[id] = nil
      case .organizations(let organizations):
        for organization in organizations {
          state.byOrganization[organization]?[id] = nil
          if state.byOrganization[organization]?.isEmpty == true {
            state.byOrganization[organization] = nil
          }
        }
      case .deployment(let deployment):
        state.byDeployment[deployment]?[id] = nil
        if state.byDeployment[deployment]?.isEmpty == true { state.byDeployment[deployment] = nil }
      }
    }
  }

  private func deliver(_ changes: [ChangeBatch.Change], clusters: [Cluster]) {
    guard !changes.isEmpty || !clusters.isEmpty else { return }
    let (all, some) = state.withLock { state in
      var some: [Int: (mailbox: ChangeMailbox, changes: [ChangeBatch.Change])] = [:]
      for change in changes {
        for (id, mailbox) in state.byOrganization[change.deployment.organization] ?? [:] {
          some[id, default: (mailbox, [])].changes.append(change)
        }
        for (id, mailbox) in state.byDeployment[change.deployment.id] ?? [:] {
          some[id, default: (mailbox, [])].changes.append(change)
        }
      }
      return (Array(state.everything.values), Array(some.values))
    }
    for mailbox in all { mailbox.put(changes, clusters: clusters) }
    for entry in some { entry.mailbox.put(entry.changes, clusters: []) }
  }

  /// Told again with the window now and then: they say how something is, so that does no harm.
  private func deliver(_ quotas: [OrganizationQuota]) {
    guard !quotas.isEmpty else { return }
    for mailbox in state.withLock({ Array($0.everything.values) }) { mailbox.put(quotas) }
  }
}
