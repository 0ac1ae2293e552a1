/// What waits and runs on the whole platform, by the database.
package struct PlatformStatistics: Sendable, Equatable {
  /// Deployments that wait with one priority.
  package struct Queue: Sendable, Equatable {
    /// Nil: those that are not told apart.
    package var priority: Int?
    package var deployments: Int
    /// Of these, retries whose pause is not over.
    package var paused: Int
    /// Of the one that has waited longest; nil: none waits.
    package var waitingSince: Instant?

    package init(
      priority: Int?, deployments: Int = 0, paused: Int = 0, waitingSince: Instant? = nil
    ) {
      self.priority = priority
      self.deployments = deployments
      self.paused = paused
      self.waitingSince = waitingSince
    }
  }

  package struct Cluster: Sendable, Equatable {
    package let id: ClusterID
    package let name: String
    /// Its name.
    package let organization: String
    package let capacity: Resources
    package let allocated: Resources

    package init(
      id: ClusterID, name: String, organization: String, capacity: Resources, allocated: Resources
    ) {
      self.id = id
      self.name = name
      self.organization = organization
      self.capacity = capacity
      self.allocated = allocated
    }
  }

  /// Agents by whether they were heard lately.
  package struct Agents: Sendable, Equatable {
    package var attached = 0
    /// Clusters that had an agent and lost it.
    package var lost = 0
    /// Clusters that never had one.
    package var none = 0

    package init() {}
  }

  /// The highest priority first; what is not told apart last.
  package var queue: [Queue] = []
  package var scheduled = 0
  package var starting = 0
  package var running = 0
  package var clusterCount = 0
  /// The first ones by age, up to `StatisticsLimits.clusters`.
  package var clusters: [Cluster] = []
  /// Of all clusters.
  package var capacity = Resources.zero
  package var allocated = Resources.zero
  package var agents = Agents()

  package init() {}

  /// Tells apart the priorities of `classes`, whether somebody waits there or not, and the highest
  /// `StatisticsLimits.priorities` others.
  package static func bounded(_ queue: [Queue], classes: Set<Int>) -> [Queue] {
    var left = StatisticsLimits.priorities
    var rest: Queue?
    var told: [Queue] = []
    for one in queue.sorted(by: { ($0.priority ?? -1) > ($1.priority ?? -1) }) {
      if let priority = one.priority, classes.contains(priority) {
        told.append(one)
      } else if left > 0 {
        left -= 1
        told.append(one)
      } else {
        rest = rest.map { $0.joined(with: one) } ?? one.unnamed
      }
    }
    let missing = classes.subtracting(told.compactMap(\.priority)).map { Queue(priority: $0) }
    told = (told + missing).sorted { ($0.priority ?? -1) > ($1.priority ?? -1) }
    if let rest { told.append(rest) }
    return told
  }
}

extension PlatformStatistics.Queue {
  fileprivate var unnamed: Self {
    var copy = self
    copy.priority = nil
    return copy
  }

  fileprivate func joined(with other: Self) -> Self {
    Self(
      priority: nil, deployments: deployments + other.deployments, paused: paused + other.paused,
      waitingSince: [waitingSince, other.waitingSince].compactMap(\.self).min())
  }
}
