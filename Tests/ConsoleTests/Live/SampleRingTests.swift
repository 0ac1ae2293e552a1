import Messages
import Testing

@testable import Console

/// Which samples the charts keep.
struct SampleRingTests {
  private var ring = SampleRing()

  private func time(_ seconds: Double) -> Timestamp {
    Timestamp(microseconds: Int64(seconds * 1_000_000))
  }

  @Test mutating func `one comes after the interval, a little early too, none sooner`() {
    let outcomes = [0, 1, 4.4, 4.6, 9, 9.2].map { ring.add(at: time($0))?.added }
    #expect(outcomes == ["1", nil, nil, "2", nil, "3"])
  }

  @Test mutating func `the oldest goes when there are as many as the charts show`() {
    var kept: Set<String> = []
    for step in 0..<ConsoleLimits.samples * 3 {
      guard let change = ring.add(at: time(Double(step * 5))) else {
        Issue.record("no sample at \(step * 5) s")
        return
      }
      kept.insert(change.added)
      if let removed = change.removed { kept.remove(removed) }
    }
    #expect(kept.count == ConsoleLimits.samples)
    #expect(kept.contains("\(ConsoleLimits.samples * 3)"))
  }
}
