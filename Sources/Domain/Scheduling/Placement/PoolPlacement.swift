/// Where an organization's deployments go: its clusters as the policy sees them, what it asks for,
/// and the index over both.
struct PoolPlacement: Sendable {
  let policy: PlacementPolicy
  private(set) var clusters = ClusterStates()
  /// The engine's index of each cluster; ascending by the cluster's identifier.
  private(set) var members: ContiguousArray<Int> = []
  /// Clusters with a reservation. Who stands behind it sees them otherwise, so they are kept out of
  /// the index and looked at one by one. Ascending.
  private(set) var reserved: [Int] = []
  private var models = PoolModels()
  private var mix = RequestMix()
  private var kinds = RequestKinds()
  private var outlooks = PoolOutlooks()
  private var index = CandidateIndex()
  // The policy's score; the others stay empty.
  private var usability = UsabilityScore()
  private var bestFit = BestFitScore()
  private var fragmentation = FragmentationScore()
  private var lot = RandomScore(seed: 0)
  /// The members are not those of the organization any more, or not in order.
  private(set) var isRearranged = true
  private(set) var isDue = true

  init(policy: PlacementPolicy) {
    self.policy = policy
    if case .random(let seed) = policy { lot = RandomScore(seed: seed) }
  }

  /// - Parameter models: the engine's numbers of the models that will do; empty: any.
  @inline(__always)
  func request(_ demand: Demand, models wanted: [Int]) -> PlacementRequest {
    PlacementRequest(demand, models: wanted.isEmpty ? .max : models.set(of: wanted))
  }

  mutating func learn(_ demand: Demand, models wanted: [Int]) {
    let request = request(demand, models: wanted)
    // What no cluster can ever take says nothing.
    guard request.models != 0 else { return }
    switch policy {
    case .berth: if mix.learn(request, clusters: members.count) { isDue = true }
    case .fragmentation(let workload) where workload.isEmpty:
      kinds.add(request)
      if mix.learn(request, clusters: members.count) { isDue = true }
    case .fragmentation, .bestFit, .random: break
    }
  }

  // MARK: - Clusters

  /// One more, or a capacity changed.
  mutating func capacityChanged() { isDue = true }

  /// - Parameter isLast: its identifier is behind those of all members.
  mutating func add(_ cluster: Int, isLast: Bool) -> Int {
    isDue = true
    guard isLast, !isRearranged else {
      isRearranged = true
      return -1
    }
    members.append(cluster)
    clusters.append()
    index.append()
    return members.count - 1
  }

  /// Takes these clusters, in this order; each is to be written next.
  mutating func arrange(_ ordered: [Int]) {
    members = ContiguousArray(ordered)
    clusters.removeAll()
    for _ in ordered { clusters.append() }
    index.reset(clusters: ordered.count)
    reserved = []
    isRearranged = false
    isDue = true
  }

  /// - Parameter model: the engine's number of its GPU model.
  mutating func write(_ book: ClusterBook, model: Int) {
    guard !isRearranged else { return }
    let position = book.position
    let isReserved = book.reservation != nil
    let place = reserved.firstIndex { $0 >= position } ?? reserved.count
    let wasReserved = place < reserved.count && reserved[place] == position
    if isReserved != wasReserved {
      if isReserved { reserved.insert(position, at: place) } else { reserved.remove(at: place) }
    }
    let number = models.number(of: model)
    clusters.write(position, book, room: isReserved ? .none : book.room, model: number)
    workOut(position)
    index.changed(position)
  }

  /// Works out of the mix what the policy needs, if there is news of it; a new epoch unless that
  /// comes to the same.
  mutating func look(
    _ capacity: PoolCapacity, workload: [(demand: Demand, models: [Int])]
  ) {
    guard isDue else { return }
    isDue = false
    switch policy {
    case .berth:
      guard outlooks.look(mix, models: models.count, capacity: capacity) else { return }
      usability.take(outlooks)
    case .bestFit: bestFit = BestFitScore(capacity)
    case .fragmentation:
      let expected = workload.map { (self.request($0.demand, models: $0.models), 1.0) }
      fragmentation = FragmentationScore(expected.isEmpty ? kinds.counts : expected)
    case .random: return
    }
    for position in 0..<clusters.count { workOut(position) }
    index.beginEpoch()
  }

  private mutating func workOut(_ position: Int) {
    var state = clusters[position]
    switch policy {
    case .berth: usability.work(out: &state, of: clusters)
    case .fragmentation: fragmentation.work(out: &state, of: clusters)
    case .bestFit, .random: return
    }
    clusters[position] = state
  }

  // MARK: - Decisions

  /// What of the clusters can be said without looking at one by one.
  enum Found {
    /// The engine's index of the best.
    case best(Int?)
    /// The position of the best without a reservation; the reserved ones are to be looked at.
    case bestUnreserved(Int?)
    /// The models that will do cannot be told apart here: all are to be looked at.
    case unclear
  }

  /// - Parameters:
  ///   - draw: tells this decision from others, for the lot.
  ///   - limit: how many candidates the index may keep in order.
  mutating func best(
    for demand: Demand, models wanted: [Int], draw: UInt64, limit: Int
  ) -> Found {
    let request = request(demand, models: wanted)
    lot.draw = draw
    guard models.areExact || request.models == .max else { return .unclear }
    let position =
      switch policy {
      case .berth: index.best(for: request, clusters, usability, limit: limit)
      case .bestFit: index.best(for: request, clusters, bestFit, limit: limit)
      case .fragmentation: index.best(for: request, clusters, fragmentation, limit: limit)
      case .random: CandidateIndex.scan(for: request, clusters, lot)
      }
    guard reserved.isEmpty else { return .bestUnreserved(position) }
    return .best(position.map { members[$0] })
  }

  /// The device for a share on a cluster without a reservation. Changes nothing: a read of a part
  /// of the engine that is not `mutating` would copy it whole.
  mutating func device(for request: PlacementRequest, on position: Int) -> Int? {
    device(for: request, on: position, of: clusters)
  }

  /// Of a cluster of the pool, or of a copy of one as somebody sees it.
  func score(_ request: PlacementRequest, on position: Int, of clusters: ClusterStates) -> Double {
    let state = clusters[position]
    switch policy {
    case .berth: return usability.score(request, on: state, of: clusters)
    case .bestFit: return bestFit.score(request, on: state, of: clusters)
    case .fragmentation: return fragmentation.score(request, on: state, of: clusters)
    case .random: return lot.score(request, on: state, of: clusters)
    }
  }

  /// The device for a share.
  func device(for request: PlacementRequest, on position: Int, of clusters: ClusterStates) -> Int? {
    let state = clusters[position]
    switch policy {
    case .berth: return usability.device(for: request, on: state, of: clusters)
    case .bestFit: return bestFit.device(for: request, on: state, of: clusters)
    case .fragmentation: return fragmentation.device(for: request, on: state, of: clusters)
    case .random: return lot.device(for: request, on: state, of: clusters)
    }
  }

  /// A cluster as somebody sees it who has only this room there and none of these devices.
  func view(of book: ClusterBook, room: Room, hidden: [Int]) -> ClusterStates {
    var view = ClusterStates(
      book, room: room, model: clusters[book.position].model, number: book.position,
      hidden: hidden)
    var state = view[0]
    switch policy {
    case .berth: usability.work(out: &state, of: view)
    case .fragmentation: fragmentation.work(out: &state, of: view)
    case .bestFit, .random: break
    }
    view[0] = state
    return view
  }
}
