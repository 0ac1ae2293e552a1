import Testing

@testable import Agent

@Suite struct BackoffTests {
  @Test func `delays lie anywhere below a ceiling that doubles and then stays`() {
    let seed = UInt64.random(in: .min ... .max)
    var generator = SplitMix(state: seed)
    var backoff = Backoff(first: .milliseconds(100), most: .seconds(1))
    var ceilings: [Duration] = []
    for _ in 0..<40 {
      let ceiling = backoff.ceiling
      ceilings.append(ceiling)
      let delay = backoff.next(using: &generator)
      #expect(delay >= .zero && delay <= ceiling, "seed \(seed)")
    }
    let expected: [Duration] = [100, 200, 400, 800, 1000].map { .milliseconds($0) }
    #expect(Array(ceilings.prefix(5)) == expected)
    #expect(ceilings.last == .seconds(1))
    backoff.reset()
    #expect(backoff.ceiling == .milliseconds(100))
  }
}
