import Simulation
import Testing

@Suite struct TraceRandomTests {
  @Test func `the same seed gives the same numbers, another seed others`() {
    func first(_ seed: UInt64) -> [UInt64] {
      var random = TraceRandom(seed: seed)
      return (0..<4).map { _ in random.next() }
    }
    #expect(first(42) == first(42))
    #expect(first(42) != first(43))
  }

  @Test func `below is even`() {
    var random = TraceRandom(seed: 1)
    var counts = Array(repeating: 0, count: 7)
    for _ in 0..<70_000 { counts[random.below(7)] += 1 }
    #expect(counts.allSatisfy { abs($0 - 10_000) < 500 })
  }

  @Test func `a shuffle keeps what it shuffles`() {
    var random = TraceRandom(seed: 1)
    var numbers = Array(0..<100)
    random.shuffle(&numbers)
    #expect(numbers != Array(0..<100))
    #expect(numbers.sorted() == Array(0..<100))
  }
}
