import Synchronization

/// What a subscriber wants to hear.
package enum ChangeTopic: Sendable, Equatable {
  /// Every change, clusters too.
  case everything
  case organizations(Set<OrganizationID>)
  case deployment(DeploymentID)
}

/// What a subscriber hears.
package enum ChangeDelivery: Sendable {
  case changes([ChangeBatch.Change], clusters: [Cluster])
  /// The subscriber was too slow and changes were dropped: load what is now, then go on.
  case resync
  /// To those who hear everything.
  case quotas([OrganizationQuota])
}

/// One subscriber's end of the feed. Dropping it ends the subscription.
package final class ChangeSubscription: Sendable {
  let mailbox: ChangeMailbox
  private let onCancel: @Sendable () -> Void

  init(mailbox: ChangeMailbox, onCancel: @escaping @Sendable () -> Void) {
    self.mailbox = mailbox
    self.onCancel = onCancel
  }

  deinit { cancel() }

  /// The next delivery; nil after `cancel()` and in a cancelled task. One task at a time.
  package func next() async -> ChangeDelivery? {
    while !Task.isCancelled {
      if let delivery = mailbox.takeFirst() { return delivery }
      if mailbox.isClosed { return nil }
      await mailbox.wakeUp.wait()
    }
    return nil
  }

  /// What is there, without waiting.
  package func take() -> [ChangeDelivery] { mailbox.takeAll() }

  package func cancel() {
    onCancel()
    mailbox.close()
  }
}

/// Keeps what one subscriber has not taken yet.
final class ChangeMailbox: Sendable {
  private struct State {
    var deliveries: [ChangeDelivery] = []
    var changes = 0
    var isClosed = false
  }

  let topic: ChangeTopic
  let wakeUp: WakeUp
  private let limit: Int
  private let state = Mutex(State())

  init(topic: ChangeTopic, limit: Int, wakeUp: WakeUp) {
    self.topic = topic
    self.limit = limit
    self.wakeUp = wakeUp
  }

  var isClosed: Bool { state.withLock { $0.isClosed } }

  func put(_ changes: [ChangeBatch.Change], clusters: [Cluster]) {
    guard !changes.isEmpty || !clusters.isEmpty else { return }
    state.withLock { state in
      guard !state.isClosed else { return }
      let count = changes.count + clusters.count
      if state.changes + count > limit {
        // What was dropped is in the snapshot that the subscriber loads now.
        state.deliveries = [.resync]
        state.changes = 0
      } else {
        state.deliveries.append(.changes(changes, clusters: clusters))
        state.changes += count
      }
    }
    wakeUp.raise()
  }

  func put(_ quotas: [OrganizationQuota]) {
    state.withLock { state in
      guard !state.isClosed else { return }
      if state.changes + quotas.count > limit {
        state.deliveries = [.resync]
        state.changes = 0
      } else {
        state.deliveries.append(.quotas(quotas))
        state.changes += quotas.count
      }
    }
    wakeUp.raise()
  }

  func takeFirst() -> ChangeDelivery? {
    state.withLock { state in
      guard !state.deliveries.isEmpty else { return nil }
      let first = state.deliveries.removeFirst()
      switch first {
      case .changes(let changes, let clusters): state.changes -= changes.count + clusters.count
      case .quotas(let quotas): state.changes -= quotas.count
      case .resync: break
      }
      return first
    }
  }

  func takeAll() -> [ChangeDelivery] {
    state.withLock { state in
      state.changes = 0
      defer { state.deliveries = [] }
      return state.deliveries
    }
  }

  func close() {
    state.withLock { state in
      state.isClosed = true
      state.deliveries = []
    }
    wakeUp.raise()
  }
}
