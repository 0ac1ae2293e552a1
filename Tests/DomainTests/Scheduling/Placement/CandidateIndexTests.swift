import Testing

@testable import Domain

/// The index against a look at all clusters.
@Suite struct CandidateIndexTests {
  private struct Stage {
    let random: SeededRandom
    var books: [ClusterBook] = []
    var placement: PoolPlacement
    var held: [(cluster: Int, demand: Demand, devices: [Int])] = []

    init(seed: UInt64, clusters: Int, policy: PlacementPolicy) {
      random = SeededRandom(seed: seed)
      placement = PoolPlacement(policy: policy)
      placement.arrange(Array(0..<clusters))
      for number in 0..<clusters {
        var book = ClusterBook(id: ClusterID(UInt128(number)), pool: 0)
        book.position = number
        let devices = Int64([0, 2, 4, 8][number % 4])
        book.setCapacity(
          Resources(
            cpu: MilliCPU(8_000 * (devices + 1)), memory: Bytes((devices + 1) << 33),
            gpu: MilliGPU(devices * 1_000)), gpuModel: "")
        books.append(book)
        placement.write(book, model: number % 3)
      }
      look()
    }

    mutating func look() { placement.look(PoolCapacity(books), workload: []) }

    func demand(kinds: Int) -> Demand {
      let kind = random.below(kinds)
      let gpu = [0, 1_000, 2_000, 250, 500, 100 + 10 * (kind % 50)][kind % 6]
      return Demand(
        Resources(
          cpu: MilliCPU(Int64(500 * (1 + kind % 9))), memory: Bytes(Int64(1 + kind % 5) << 30),
          gpu: MilliGPU(Int64(gpu))))!
    }

    mutating func step(kinds: Int, limit: Int) -> Bool {
      if random.below(3) == 0, !held.isEmpty {
        let ended = held.remove(at: random.below(held.count))
        books[ended.cluster].release(ended.demand, devices: ended.devices)
        placement.write(books[ended.cluster], model: ended.cluster % 3)
        return true
      }
      let demand = demand(kinds: kinds)
      let models = demand.kind == .noGPU || random.below(2) == 0 ? [] : [random.below(3)]
      placement.learn(demand, models: models)
      look()
      let request = placement.request(demand, models: models)
      let scanned = scan(request)
      guard
        case .best(let found) = placement.best(
          for: demand, models: models, draw: 0, limit: limit)
      else { return false }
      guard let found else { return scanned == nil }
      let devices = devices(for: request, on: found)
      books[found].hold(demand, devices: devices)
      placement.write(books[found], model: found % 3)
      held.append((found, demand, devices))
      return found == scanned
    }

    private func scan(_ request: PlacementRequest) -> Int? {
      let scores = books.indices.map {
        placement.score(request, on: $0, of: placement.clusters)
      }
      let least = scores.min() ?? .infinity
      return least < .infinity ? scores.firstIndex(of: least) : nil
    }

    private mutating func devices(for request: PlacementRequest, on cluster: Int) -> [Int] {
      switch request.kind {
      case .noGPU: []
      case .share: placement.device(for: request, on: cluster).map { [$0] } ?? []
      case .wholeDevices: books[cluster].pickWholeDevices(Int(request.gpu), excluding: [])
      }
    }
  }

  @Test("finds what a look at all finds", arguments: 1...12, [PlacementPolicy.berth, .bestFit])
  func matchesAScan(seed: UInt64, policy: PlacementPolicy) {
    var stage = Stage(seed: seed, clusters: 5 + Int(seed) * 9, policy: policy)
    for step in 0..<1_500 {
      guard stage.step(kinds: 40, limit: 100_000) else {
        Issue.record("seed \(seed), step \(step)")
        return
      }
    }
    #expect(stage.held.count > 20, "nothing was placed: this tested nothing")
  }

  @Test("so it does with more kinds than it keeps", arguments: 1...4)
  func matchesAScanWithFewOrders(seed: UInt64) {
    var stage = Stage(seed: seed, clusters: 40, policy: .berth)
    for step in 0..<1_500 {
      guard stage.step(kinds: 300, limit: 60) else {
        Issue.record("seed \(seed), step \(step)")
        return
      }
    }
  }
}
