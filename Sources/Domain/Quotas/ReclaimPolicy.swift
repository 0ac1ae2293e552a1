/// What an organization may take back, on a cluster, of what others have borrowed from what it is
/// guaranteed there. The terms are Kueue's (`reclaimWithinCohort`).
package enum ReclaimPolicy: String, Sendable, CaseIterable {
  /// It waits until borrowed work ends.
  case never
  /// Borrowed work of lower priority goes back to the queue.
  case lowerPriority = "lower-priority"
  /// Any borrowed work does.
  case any

  /// Whether a deployment of one priority may take the place of a borrowed one of another.
  func takes(_ other: Int, for priority: Int) -> Bool {
    switch self {
    case .never: false
    case .lowerPriority: other < priority
    case .any: true
    }
  }
}
