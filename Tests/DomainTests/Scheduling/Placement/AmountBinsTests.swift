import Testing

@testable import Domain

@Suite struct AmountBinsTests {
  private let bins = AmountBins.shared

  @Test func `an amount reaches its own bin, a smaller one does not`() {
    for amount in [1.0, 2, 3, 7, 500, 4_000, 65_536, 96_000, 1e9, 1_099_511_627_776] {
      let bin = bins.bin(of: amount)
      #expect(bins.reached(by: amount * 1.1) > bin, "\(amount)")
      #expect(bins.reached(by: amount / 1.1) <= bin, "\(amount)")
    }
  }

  @Test func `thresholds are reached exactly`() {
    #expect(bins.reached(by: 0) == 0)
    #expect(bins.reached(by: 0.99) == 0)
    #expect(bins.reached(by: 1) == 1)
    #expect(bins.reached(by: 2) == AmountBins.perDoubling + 1)
    #expect(bins.reached(by: 1.999_999) == AmountBins.perDoubling)
    #expect(bins.bin(of: 2) == AmountBins.perDoubling)
    #expect(bins.reached(by: 1e300) == AmountBins.count)
    #expect(bins.bin(of: 1e300) == AmountBins.count - 1)
  }
}
