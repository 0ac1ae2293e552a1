import Testing

@testable import Domain

@Suite struct DevicePricesTests {
  private typealias Share = DevicePrices.Share

  /// Every way to fill one device: how often it holds each size.
  private static func patterns(_ sizes: [Int], room: Int = 1_000) -> [[Int]] {
    guard let size = sizes.first else { return [[]] }
    return (0...room / size).flatMap { count in
      patterns(Array(sizes.dropFirst()), room: room - count * size).map { [count] + $0 }
    }
  }

  /// The most worth of shares that fits, by trying every pattern.
  private static func most(_ sizes: [Int], _ prices: [Double], room: Int) -> Double {
    patterns(sizes, room: room).map { zip($0, prices).reduce(0) { $0 + Double($1.0) * $1.1 } }
      .max() ?? 0
  }

  /// The least of devices for two sizes, by trying every pair of patterns as the linear program's
  /// basis.
  private static func leastDevices(_ shares: [Share]) -> Double {
    let (a, b) = (shares[0], shares[1])
    let patterns = patterns([a.milliGPU, b.milliGPU]).map { $0.map(Double.init) }
    var least = Double.infinity
    for first in patterns {
      for second in patterns {
        let determinant = first[0] * second[1] - first[1] * second[0]
        guard abs(determinant) > 1e-9 else { continue }
        let x = (a.weight * second[1] - b.weight * second[0]) / determinant
        let y = (first[0] * b.weight - first[1] * a.weight) / determinant
        if x >= -1e-9, y >= -1e-9 { least = min(least, x + y) }
      }
    }
    return least
  }

  @Test func `without shares only a whole device is worth anything`() {
    let prices = DevicePrices([])
    #expect(prices.worth[1_000] == 1)
    #expect(prices.worth[..<1_000].allSatisfy { $0 == 0 })
  }

  @Test func `halves are worth a half, and what is less is worth nothing`() {
    let worth = DevicePrices([Share(milliGPU: 500, weight: 3)]).worth
    #expect(worth[499] == 0)
    #expect(worth[500] == 0.5)
    #expect(worth[999] == 0.5)
    #expect(worth[1_000] == 1)
  }

  @Test func `the rest of a large share is worth what fills it`() {
    // Seven of 700 for each 300: a device that has 300 left is hardly missed.
    let shares = [Share(milliGPU: 300, weight: 1), Share(milliGPU: 700, weight: 7)]
    let scarce = DevicePrices(shares).worth
    #expect(scarce[300] < 0.01)
    #expect(scarce[700] > 0.99)
    // The other way round three of 300 fill a device, and 700 brings no more than two of them.
    let many = [Share(milliGPU: 300, weight: 7), Share(milliGPU: 700, weight: 1)]
    let common = DevicePrices(many).worth
    #expect(abs(common[300] - 1.0 / 3) < 1e-9)
    #expect(abs(common[700] - 2.0 / 3) < 1e-9)
  }

  @Test("prices are dual to the fewest devices, on random mixes", arguments: 1...40)
  func areDual(seed: UInt64) {
    let random = SeededRandom(seed: seed)
    let sizes = Set((0..<2 + random.below(4)).map { _ in 50 * (1 + random.below(19)) }).sorted()
    let shares = sizes.map { Share(milliGPU: $0, weight: Double(1 + random.below(30))) }
    let result = DevicePrices(shares)
    // No pattern is worth more than a device, and the prices pay for exactly the devices.
    #expect(Self.most(sizes, result.prices, room: 1_000) <= 1 + 1e-6, "seed \(seed)")
    let paid = zip(shares, result.prices).reduce(0) { $0 + $1.0.weight * $1.1 }
    #expect(abs(paid - result.devices) < 1e-6 * result.devices, "seed \(seed)")
    for room in stride(from: 0, through: 1_000, by: 50) {
      let most = Self.most(sizes, result.prices, room: room)
      #expect(abs(result.worth[room] - most) < 1e-6, "seed \(seed), room \(room)")
    }
    if shares.count == 2 {
      #expect(abs(result.devices - Self.leastDevices(shares)) < 1e-6, "seed \(seed)")
    }
  }

  @Test func `as many sizes as are told apart are priced`() {
    let shares = (1...SchedulingLimits.shareSizes).map {
      Share(milliGPU: 15 * $0 + 1, weight: Double(1 + $0 % 7))
    }
    let worth = DevicePrices(shares).worth
    #expect(worth[1_000] == 1)
    #expect(zip(worth, worth.dropFirst()).allSatisfy { $0 <= $1 })
  }
}
