import Testing

@testable import Domain

@Suite struct UsabilityScoreTests {
  private static let gib: Int64 = 1 << 30

  /// Two clusters of four devices, the first with much CPU, and one without devices.
  private static func placement(
    learning requests: [(cpu: Int64, gpu: Int64)]
  ) -> (PoolPlacement, [ClusterBook]) {
    var placement = PoolPlacement(policy: .berth)
    placement.arrange([0, 1, 2])
    var books: [ClusterBook] = []
    for (number, shape) in [(64_000, 4_000), (16_000, 4_000), (32_000, 0)].enumerated() {
      var book = ClusterBook(id: ClusterID(UInt128(number)), pool: 0)
      book.position = number
      book.setCapacity(
        Resources(
          cpu: MilliCPU(Int64(shape.0)), memory: Bytes(256 * gib), gpu: MilliGPU(Int64(shape.1))),
        gpuModel: "")
      books.append(book)
      placement.write(book, model: 0)
    }
    for entry in requests { placement.learn(demand(entry.cpu, entry.gpu), models: []) }
    placement.look(PoolCapacity(books), workload: [])
    return (placement, books)
  }

  private static func demand(_ cpu: Int64, _ gpu: Int64) -> Demand {
    Demand(
      Resources(cpu: MilliCPU(cpu), memory: Bytes(gib), gpu: MilliGPU(gpu)))!
  }

  private static func score(_ placement: PoolPlacement, _ demand: Demand, _ position: Int)
    -> Double
  {
    placement.score(
      PlacementRequest(demand, models: .max), on: position, of: placement.clusters)
  }

  @Test func `scores of a small mix, as the formula worked out apart from this code has them`() {
    let mix: [(cpu: Int64, gpu: Int64)] = [(8_000, 500), (8_000, 500), (16_000, 2_000), (4_000, 0)]
    let (placement, _) = Self.placement(learning: mix)
    let golden = [
      (Self.demand(8_000, 500), [0.659_677, 1.555_177, .infinity]),
      (Self.demand(16_000, 2_000), [2.134_367, 1.788_413, .infinity]),
      (Self.demand(4_000, 0), [0.058_972, 0.667_565, 0.021_875]),
    ]
    for (demand, expected) in golden {
      for (position, value) in expected.enumerated() {
        let score = Self.score(placement, demand, position)
        let isRight = value == .infinity ? score == value : abs(score - value) < 1e-5
        #expect(isRight, "\(demand) on \(position): \(score)")
      }
    }
  }

  @Test func `work without GPU keeps away from CPU that devices need`() {
    let (placement, _) = Self.placement(learning: [(8_000, 1_000), (8_000, 1_000)])
    let plain = Self.demand(8_000, 0)
    let scores = (0..<3).map { Self.score(placement, plain, $0) }
    #expect(scores[2] < scores[0])
    #expect(scores[0] < scores[1])
  }

  @Test func `a share goes where what is left fits what is asked for`() {
    let mix =
      Array(repeating: (cpu: Int64(1_000), gpu: Int64(600)), count: 5)
      + Array(repeating: (cpu: Int64(1_000), gpu: Int64(400)), count: 5)
    var (placement, books) = Self.placement(learning: mix)
    // One device has 600 left, another 500: 400 leaves 200 there or 100 here, both of no use; but
    // 600 is worth keeping, 500 no more than 400.
    for (device, share) in [(0, Int64(400)), (1, 500)] {
      books[0].hold(Self.demand(1_000, share), devices: [device])
    }
    placement.write(books[0], model: 0)
    let request = PlacementRequest(Self.demand(1_000, 400), models: .max)
    #expect(placement.device(for: request, on: 0) == 1)
  }

  @Test func `what does not fit scores as such`() {
    let (placement, _) = Self.placement(learning: [])
    #expect(Self.score(placement, Self.demand(1_000, 5_000), 0) == .infinity)
    #expect(Self.score(placement, Self.demand(65_000, 0), 0) == .infinity)
    #expect(Self.score(placement, Self.demand(1_000, 100), 2) == .infinity)
  }
}
