import Domain
import Simulation
import Testing

@Suite struct AllocationReplayTests {
  private func run(
    _ trace: Trace, _ policy: PlacementPolicy, seed: UInt64 = 42, demand: Double = 1.3
  ) throws -> AllocationReplay.Result {
    let arrivals = try ArrivalSequence(trace, demand: demand, seed: seed)
    var replay = AllocationReplay(trace, arrivals, policy: policy)
    return replay.run()
  }

  @Test func `draws until the demand is reached, the same for the same seed`() throws {
    let trace = try Fixtures.trace()
    let arrivals = try ArrivalSequence(trace, demand: 1.3, seed: 42)
    let drawn = arrivals.pods.reduce(0) { $0 + trace.pods[$1].request.gpu.value }
    #expect(Double(drawn) >= 1.3 * 16_000)
    #expect(Double(drawn) < 1.3 * 16_000 + 8_000)
    #expect(try ArrivalSequence(trace, demand: 1.3, seed: 42).pods == arrivals.pods)
    #expect(try ArrivalSequence(trace, demand: 1.3, seed: 43).pods != arrivals.pods)
  }

  @Test func `a workload that never asks for a GPU is refused`() throws {
    let trace = try Fixtures.trace()
    let plain = Trace(nodes: trace.nodes, pods: trace.pods.filter { $0.request.gpu.value == 0 })
    #expect(throws: TraceError.self) { try ArrivalSequence(plain, demand: 1, seed: 1) }
    let bare = Trace(nodes: [trace.nodes[4]], pods: trace.pods)
    #expect(throws: TraceError.self) { try ArrivalSequence(bare, demand: 1, seed: 1) }
  }

  @Test("every policy places, and accounts for everything", arguments: PolicyName.allCases)
  func accounts(name: PolicyName) throws {
    let trace = try Fixtures.trace()
    let policy = name.policy(for: trace, seed: 42)
    let result = try run(trace, policy)
    let arrivals = try ArrivalSequence(trace, demand: 1.3, seed: 42)
    #expect(result.placed + result.failed == arrivals.pods.count)
    #expect(result.placed > 0 && result.failed > 0)
    #expect(result.capacity == 16_000)
    #expect(result.allocated <= result.capacity && result.allocated > 2_000)
    #expect(result.curve.last?.allocated == Double(result.allocated) / 16_000)
    #expect(result.curve.map(\.arrived) == result.curve.map(\.arrived).sorted())
    #expect(try run(trace, policy) == result, "the same seed gives the same")
  }

  @Test func `little demand is placed whole`() throws {
    let result = try run(Fixtures.generated(seed: 1, nodes: 60), .berth, demand: 0.3)
    #expect(result.failed == 0)
  }

  @Test func `on a generated trace berth allocates more than best fit, FGD and lots`() throws {
    let trace = Fixtures.generated(seed: 7, nodes: 150)
    var means: [PolicyName: Double] = [:]
    for name in PolicyName.allCases {
      for seed: UInt64 in 1...4 {
        let policy = name.policy(for: trace, seed: seed)
        means[name, default: 0] += try run(trace, policy, seed: seed).allocationPercent / 4
      }
    }
    let (berth, bestFit) = (means[.berth] ?? 0, means[.bestFit] ?? 0)
    let (fgd, random) = (means[.fragmentation] ?? 0, means[.random] ?? 0)
    #expect(berth > bestFit + 1, "\(means)")
    #expect(berth > fgd, "\(means)")
    #expect(bestFit > random, "\(means)")
  }
}
