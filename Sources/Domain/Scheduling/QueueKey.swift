/// A deployment's place in the queue of its organization; the smaller one is served first.
struct QueueKey: Hashable, Comparable, Sendable {
  let priority: Int
  let createdAt: Instant
  let id: DeploymentID

  static func < (a: Self, b: Self) -> Bool {
    if a.priority != b.priority { return a.priority > b.priority }
    if a.createdAt != b.createdAt { return a.createdAt < b.createdAt }
    return a.id < b.id
  }
}

extension QueueKey {
  /// Before everyone: where others see who has reclaimed what it is guaranteed.
  static let claim = QueueKey(
    priority: .max, createdAt: Instant(microseconds: .min), id: DeploymentID(0))

  /// All of a gang stand in one place.
  init(of deployment: Deployment) {
    self.init(
      priority: deployment.priority, createdAt: deployment.createdAt,
      id: deployment.gang?.id ?? deployment.id)
  }
}
