import HeapModule

/// Finds the best cluster for a request without looking at all of them: for each kind of request
/// the candidates in order (`CandidateOrder`), brought up to date only when such a request comes,
/// and only for the clusters that have changed since. Finds what a look at all of them finds.
struct CandidateIndex: Sendable {
  private var orders: ContiguousArray<CandidateOrder> = []
  /// What each order is for, and where it is.
  private var requests: ContiguousArray<PlacementRequest> = []
  private var orderOf: [PlacementRequest: Int] = [:]
  /// Clusters that changed, in the order in which they did, from change `logBegin` on.
  private var log: ContiguousArray<Int32> = []
  private var logBegin = 1
  /// The number of each cluster's last change; 0: none.
  private var lastChange: ContiguousArray<Int> = []
  private var epoch = 1
  private var decisions = 0
  /// Candidates in all orders.
  private(set) var candidates = 0
  /// Scores worked out, for measuring.
  private(set) var scored = 0

  private var changes: Int { logBegin + log.count }

  /// The policy sees the mix anew: every score is to be worked out again.
  mutating func beginEpoch() { epoch += 1 }

  /// There are so many clusters, in an order of their own.
  mutating func reset(clusters: Int) {
    self = CandidateIndex()
    lastChange = ContiguousArray(repeating: 0, count: clusters)
  }

  /// One more cluster, behind the others.
  mutating func append() {
    lastChange.append(0)
    changed(lastChange.count - 1)
  }

  mutating func changed(_ position: Int) {
    lastChange[position] = changes
    log.append(Int32(position))
    // Nobody who has more than one change a cluster to read reads them: `isBehind`.
    let kept = lastChange.count + 64
    guard log.count > 2 * kept else { return }
    logBegin += log.count - kept
    log.removeFirst(log.count - kept)
  }

  /// The position of the best cluster, of equals the first; nil: it fits on none.
  /// - Parameter limit: how many candidates may be kept in order, for all kinds of request.
  mutating func best(
    for request: PlacementRequest, _ clusters: ClusterStates, _ policy: some PlacementScore,
    limit: Int
  ) -> Int? {
    decisions += 1
    guard let index = order(of: request, limit: limit) else {
      scored += clusters.count
      return Self.scan(for: request, clusters, policy)
    }
    orders[index].used = decisions
    if isBehind(orders[index]) {
      candidates -= orders[index].count
      orders[index].build(request, clusters, policy)
      orders[index].epoch = epoch
      orders[index].built = changes
      candidates += orders[index].count
      scored += orders[index].count
    } else {
      readChanges(index, request, clusters, policy)
    }
    orders[index].read = changes
    return first(of: index)
  }

  /// The same by looking at all of them.
  static func scan(
    for request: PlacementRequest, _ clusters: ClusterStates, _ policy: some PlacementScore
  ) -> Int? {
    var best: Int?
    var least = Double.infinity
    for position in 0..<clusters.count {
      let score = policy.score(request, on: clusters[position], of: clusters)
      if score < least {
        best = position
        least = score
      }
    }
    return best
  }

  // MARK: - Orders

  /// Nil: too many kinds that come more often than this one.
  private mutating func order(of request: PlacementRequest, limit: Int) -> Int? {
    if let known = orderOf[request] {
      makeRoom(limit, for: known)
      return known
    }
    let kinds = SchedulingLimits.placementKinds
    if orders.count < kinds, candidates < limit {
      orders.append(CandidateOrder())
      requests.append(request)
      orderOf[request] = orders.count - 1
      return orders.count - 1
    }
    guard let oldest = oldest(), decisions - orders[oldest].used > 4 * kinds else { return nil }
    candidates -= orders[oldest].count
    orderOf[requests[oldest]] = nil
    orders[oldest] = CandidateOrder()
    requests[oldest] = request
    orderOf[request] = oldest
    return oldest
  }

  private func oldest() -> Int? {
    orders.indices.min { orders[$0].used < orders[$1].used }
  }

  /// Empties the orders that were not asked for longest until the candidates are within the limit.
  private mutating func makeRoom(_ limit: Int, for index: Int) {
    guard candidates > limit else { return }
    let byUse = orders.indices.sorted { orders[$0].used < orders[$1].used }
    for oldest in byUse where oldest != index && candidates > limit {
      candidates -= orders[oldest].count
      let used = orders[oldest].used
      orders[oldest] = CandidateOrder()
      orders[oldest].used = used
    }
  }

  /// Building it anew costs less than reading what changed.
  private func isBehind(_ order: CandidateOrder) -> Bool {
    order.epoch != epoch || changes - order.read > lastChange.count
      || order.fresh.count > lastChange.count + 64
  }

  private mutating func readChanges(
    _ index: Int, _ request: PlacementRequest, _ clusters: ClusterStates,
    _ policy: some PlacementScore
  ) {
    for change in orders[index].read..<changes {
      let position = log[change - logBegin]
      // It changed again later.
      guard lastChange[Int(position)] == change else { continue }
      let score = policy.score(request, on: clusters[Int(position)], of: clusters)
      scored += 1
      guard score < .infinity else { continue }
      candidates += 1
      orders[index].fresh.insert(
        CandidateOrder.Entry(score: score, position: position, change: change))
    }
  }

  private mutating func first(of index: Int) -> Int? {
    let before = orders[index].count
    defer { candidates -= before - orders[index].count }
    let run = Self.firstRun(&orders[index], lastChange)
    while let top = orders[index].fresh.min, lastChange[Int(top.position)] != top.change {
      orders[index].fresh.removeMin()
    }
    guard let run else { return orders[index].fresh.min.map { Int($0.position) } }
    guard let top = orders[index].fresh.min,
      top < CandidateOrder.Entry(score: run.score, position: run.first, change: 0)
    else { return Int(run.first) }
    return Int(top.position)
  }

  /// The first run that has a cluster that has not changed since the order was built, from that
  /// cluster on.
  @inline(__always)
  private static func firstRun(
    _ order: inout CandidateOrder, _ lastChange: ContiguousArray<Int>
  ) -> CandidateOrder.Run? {
    while var run = order.base.min {
      guard lastChange[Int(run.first)] >= order.built else { return run }
      while run.first < run.end, lastChange[Int(run.first)] >= order.built { run.first += 1 }
      if run.first < run.end {
        // The clusters of a run stand together: it stays before the others.
        order.base.replaceMin(with: run)
        return run
      }
      order.base.removeMin()
    }
    return nil
  }
}
