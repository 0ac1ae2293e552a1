/// One that may be preempted. The smaller one is cheaper: the lower priority, then who borrows
/// before work of one's own, then one that is not of a gang, then the least run time lost, then the
/// smaller id.
struct Victim: Comparable {
  let slot: QueueForest.Slot
  /// The book of its own organization.
  let book: Int
  let demand: Demand
  let priority: Int
  /// It is of another organization.
  let isBorrower: Bool
  /// With it all of its gang go.
  let isInGang: Bool
  /// Microseconds since its placement.
  let run: Int64
  let id: DeploymentID

  static func < (a: Self, b: Self) -> Bool {
    if a.priority != b.priority { return a.priority < b.priority }
    if a.isBorrower != b.isBorrower { return a.isBorrower }
    if a.isInGang != b.isInGang { return b.isInGang }
    return a.run != b.run ? a.run < b.run : a.id < b.id
  }

  static func == (a: Self, b: Self) -> Bool { a.id == b.id }
}

/// Victims that make room on one cluster. The smaller one is cheaper: the lower priority of the
/// dearest victim, then the fewer victims, then the least run time lost together, then the smaller
/// cluster.
struct VictimSet: Comparable {
  /// The book of the organization that preempts.
  let index: Int
  let cluster: ClusterID
  /// The dearest first.
  let victims: [Victim]
  /// The cluster's books without them.
  let book: ClusterBook
  private let priority: Int
  private let run: Int64

  init(index: Int, cluster: ClusterID, victims: [Victim], book: ClusterBook) {
    self.index = index
    self.cluster = cluster
    self.book = book
    self.victims = victims
    priority = victims.first?.priority ?? 0
    run = victims.reduce(0) { sum, victim in
      let (total, overflow) = sum.addingReportingOverflow(victim.run)
      return overflow ? .max : total
    }
  }

  /// Some are of other organizations.
  var isReclaim: Bool { victims.contains(where: \.isBorrower) }

  static func < (a: Self, b: Self) -> Bool {
    if a.priority != b.priority { return a.priority < b.priority }
    if a.victims.count != b.victims.count { return a.victims.count < b.victims.count }
    return a.run != b.run ? a.run < b.run : a.cluster < b.cluster
  }

  static func == (a: Self, b: Self) -> Bool { a.cluster == b.cluster && a.victims == b.victims }
}
