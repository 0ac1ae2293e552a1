import TestSupport
import Testing

@testable import Gateway

struct AmountUnitTests {
  @Test(arguments: [
    (AmountUnit.cores, "4", 4_000 as Int64), (.cores, "0.5", 500), (.cores, "1e1", 10_000),
    (.cores, "1.500", 1_500), (.devices, "0", 0), (.devices, "-0", 0), (.devices, "0.25", 250),
    (.gibibytes, "1", 1 << 30), (.gibibytes, "0.5", 1 << 29), (.gibibytes, "0.1", 107_374_182),
    (.gibibytes, "8388608", 1 << 53), (.cores, "9223372036854775.807", .max),
  ])
  func `a number becomes the unit of the RPCs`(unit: AmountUnit, number: String, base: Int64) throws
  {
    #expect(try unit.base(of: number) == base)
  }

  @Test(arguments: [
    (AmountUnit.cores, "-1", "must not be negative"),
    (.cores, "0.0005", "must have at most three decimal places"),
    (.devices, "0.3333", "must have at most three decimal places"),
    (.cores, "9223372036854775.808", "must be at most 9223372036854775.807"),
    (.cores, "1e30", "must be at most 9223372036854775.807"),
    (.gibibytes, "1e18", "must be at most 8589934591.999999999"),
    (.cores, "1e999", "must be a number that is not that large or small"),
    (.cores, "1e-999", "must be a number that is not that large or small"),
    (
      .cores, "1" + String(repeating: "0", count: 40), "must be a number of at most 32 characters"
    ),
  ])
  func `what is no amount is refused in words`(unit: AmountUnit, number: String, words: String) {
    #expect(throws: AmountUnit.Problem(text: words)) { try unit.base(of: number) }
  }

  @Test(arguments: [
    (AmountUnit.cores, 4_000 as Int64, "4"), (.cores, 1, "0.001"), (.devices, 250, "0.25"),
    (.gibibytes, 1 << 30, "1"), (.gibibytes, 1, "0.000000001"), (.gibibytes, 107_374_182, "0.1"),
    (.gibibytes, 3 << 29, "1.5"), (.cores, 0, "0"),
  ])
  func `what is told is the shortest number that means the same`(
    unit: AmountUnit, base: Int64, text: String
  ) {
    #expect(unit.text(of: base) == text)
  }

  @Test func `what is told is read as the same`() throws {
    let seed = TestSeed.draw()
    var generator = seed.generator()
    for _ in 0..<2_000 {
      let base = Int64.random(in: 0...(1 << Int64.random(in: 0...50)), using: &generator)
      for unit in [AmountUnit.cores, .gibibytes, .devices] {
        #expect(try unit.base(of: unit.text(of: base)) == base, "\(seed)")
      }
    }
  }
}
