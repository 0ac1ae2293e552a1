@testable import RPCClient
import Testing

@Suite struct BalancerTests {
  @Test func `round robin takes turns and passes over those without room`() {
    var balancer = Balancer(.roundRobin)
    #expect((0..<6).map { _ in balancer.pick(count: 3) { _ in 5 } } == [0, 1, 2, 0, 1, 2])
    #expect((0..<4).map { _ in balancer.pick(count: 3) { $0 == 1 ? nil : 0 } } == [0, 2, 0, 2])
    #expect(balancer.pick(count: 3) { _ in nil } == nil)
    #expect(balancer.pick(count: 0) { _ in 0 } == nil)
  }

  @Test func `least outstanding takes the one with the fewest, equals in turn`() {
    var balancer = Balancer(.leastOutstanding)
    let loads = [4, 1, 3]
    for _ in 0..<5 { #expect(balancer.pick(count: 3) { loads[$0] } == 1) }
    #expect(balancer.pick(count: 3) { $0 == 1 ? nil : loads[$0] } == 2)
    var counts = [0, 0, 0]
    for _ in 0..<300 { counts[balancer.pick(count: 3) { _ in 7 }!] += 1 }
    #expect(counts == [100, 100, 100])
  }

  @Test func `it stays balanced whatever calls come and end`() {
    let seed = UInt64.random(in: 0 ... .max)
    print("seed \(seed)")
    var random = SplitMix(state: seed)
    var balancer = Balancer(.leastOutstanding)
    var loads = [Int](repeating: 0, count: 5)
    for _ in 0..<10_000 {
      if random.next() % 3 > 0 {
        let least = loads.min()!
        let index = balancer.pick(count: 5) { loads[$0] }!
        #expect(loads[index] == least)
        loads[index] += 1
      } else if let index = loads.indices.filter({ loads[$0] > 0 }).randomElement(using: &random) {
        loads[index] -= 1
      }
    }
  }

  @Test func `pick first takes the first that has room`() {
    var balancer = Balancer(.pickFirst)
    for _ in 0..<3 { #expect(balancer.pick(count: 3) { $0 == 0 ? nil : 9 - $0 } == 1) }
  }

  private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = state
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      return z ^ (z >> 31)
    }
  }
}
