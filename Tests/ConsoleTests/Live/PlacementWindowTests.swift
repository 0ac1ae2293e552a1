import Console
import Testing

/// Placements and waits, from counts that replicas keep since their start.
struct PlacementWindowTests {
  private typealias Count = PlacementWindow.Count

  private var window = PlacementWindow()

  @Test mutating func `what came before the first look belongs to no time`() {
    window.add(["a": Count(placements: 1_000, waits: [1: 1_000])], at: 10)
    #expect(window.placements == 0)
    #expect(window.placementsPerSecond == 0)
    #expect(window.wait(quantile: 0.5) == nil)
  }

  @Test mutating func `then what grew, of all replicas, by the time between`() {
    window.add(
      ["a": Count(placements: 5, waits: [:]), "b": Count(placements: 7, waits: [:])], at: 0)
    window.add(
      ["a": Count(placements: 15, waits: [:]), "b": Count(placements: 17, waits: [:])], at: 5)
    #expect(window.placements == 20)
    #expect(window.placementsPerSecond == 4)
  }

  @Test mutating func `a replica that began anew counts from zero, one that is silent stands`() {
    window.add(
      ["a 1": Count(placements: 5, waits: [:]), "b": Count(placements: 7, waits: [:])], at: 0)
    window.add(["a 2": Count(placements: 3, waits: [:])], at: 5)
    #expect(window.placements == 3)
    window.add(["b": Count(placements: 9, waits: [:])], at: 10)
    #expect(window.placements == 5)
    window.add(["b": Count(placements: 1, waits: [:])], at: 15)
    #expect(window.placements == 6)
  }

  @Test mutating func `quantiles are the upper ends of buckets`() {
    window.add(["a": Count(placements: 0, waits: [:])], at: 0)
    window.add(
      ["a": Count(placements: 100, waits: [0.1: 50, 1: 45, 10: 4, .infinity: 1])], at: 5)
    #expect(window.wait(quantile: 0.5) == 0.1)
    #expect(window.wait(quantile: 0.95) == 1)
    #expect(window.wait(quantile: 0.99) == 10)
    #expect(window.wait(quantile: 1) == .infinity)
  }

  @Test mutating func `what is older than the charts show is forgotten`() {
    window.add(["a": Count(placements: 0, waits: [:])], at: 0)
    window.add(["a": Count(placements: 9, waits: [1: 9])], at: 5)
    for step in 2...ConsoleLimits.samples + 1 {
      window.add(["a": Count(placements: 9, waits: [1: 9])], at: Double(step * 5))
    }
    #expect(window.placements == 0)
    #expect(window.wait(quantile: 0.5) == nil)
  }
}
