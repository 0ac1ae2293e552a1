import Foundation

/// The seed of a randomized test: a new one each run, which the test prints, or that of
/// `BERTH_SEED`, which replays a run.
package struct TestSeed: Sendable, CustomStringConvertible {
  package let value: UInt64

  package init(value: UInt64) { self.value = value }

  /// Draws or takes the seed, and prints it beside the test's name.
  package static func draw(_ test: String = #function) -> TestSeed {
    let named = ProcessInfo.processInfo.environment["BERTH_SEED"].flatMap { UInt64($0) }
    let seed = TestSeed(value: named ?? UInt64.random(in: .min ... .max))
    print("\(seed) \(test)")
    return seed
  }

  /// The generator of one round: it depends on no other round.
  package func generator(_ round: Int = 0) -> SeededGenerator {
    var mixed = SeededGenerator(seed: value ^ UInt64(truncatingIfNeeded: round))
    return SeededGenerator(seed: mixed.next())
  }

  /// As it is written to replay it.
  package var description: String { "BERTH_SEED=\(value)" }
}
