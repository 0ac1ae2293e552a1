/// What a part of a device is worth to the requests for shares: the most of them that fits into it,
/// at the dual prices of the cutting-stock problem "as few devices as possible for these shares"
/// (Gilmore and Gomory 1961: revised simplex, columns from a knapsack). Two halves of 500 and 500
/// are worth a device each half; 400 is worth much where 600 is asked for and nothing where only
/// 500 is.
struct DevicePrices: Sendable {
  /// A size of share in thousandths, and how much of it is asked for.
  struct Share: Equatable, Sendable {
    var milliGPU: Int
    var weight: Double
  }

  static let device = Int(MilliGPU.device.value)
  /// By thousandths left, 0 to 1000; that of a whole device is 1.
  let worth: ContiguousArray<Double>
  /// The price of each share, in the order given.
  let prices: [Double]
  /// The devices that the shares take, if parts of devices could be bought.
  let devices: Double

  /// - Parameter shares: ascending sizes from 1 to 999, each once, weights above 0; the cost of a
  ///   round grows with the square of their number.
  init(_ shares: [Share]) {
    guard !shares.isEmpty else {
      var worth = ContiguousArray(repeating: 0.0, count: Self.device + 1)
      worth[Self.device] = 1
      self.worth = worth
      prices = []
      devices = 0
      return
    }
    var problem = CuttingStock(shares)
    problem.solve()
    let whole = problem.best[problem.cells]
    worth = ContiguousArray(
      (0...Self.device).map { problem.best[$0 / problem.unit] / whole })
    prices = problem.prices.map { $0 / whole }
    devices = problem.levels.reduce(0, +)
  }
}

/// The linear program: how often to use each pattern (a way to fill one device), so that every
/// share is served and the devices are fewest. Begins with one pattern a size; each round brings in
/// the pattern that is worth most at the prices of the round before.
private struct CuttingStock {
  let unit: Int
  let cells: Int
  private let sizes: [Int]
  private(set) var levels: [Double]
  private(set) var prices: [Double]
  /// The most that fits into each number of cells, and the share that the last step there took.
  private(set) var best: [Double]
  private var choice: [Int]
  private var inverse: [[Double]]

  init(_ shares: [DevicePrices.Share]) {
    let device = DevicePrices.device
    let unit = shares.reduce(device) { Self.greatestDivisor($0, $1.milliGPU) }
    self.unit = unit
    cells = device / unit
    sizes = shares.map { $0.milliGPU / unit }
    levels = shares.map { $0.weight / Double(device / $0.milliGPU) }
    prices = Array(repeating: 0, count: shares.count)
    best = Array(repeating: 0, count: cells + 1)
    choice = Array(repeating: -1, count: cells + 1)
    inverse = shares.indices.map { row in
      shares.indices.map { $0 == row ? 1 / Double(device / shares[row].milliGPU) : 0 }
    }
  }

  mutating func solve() {
    for _ in 0..<SchedulingLimits.pricingRounds {
      takePrices()
      fillBest()
      guard best[cells] > 1 + 1e-9, bringIn(mostWorth()) else { return }
    }
    takePrices()
    fillBest()
  }

  private mutating func takePrices() {
    for column in sizes.indices {
      let sum = inverse.reduce(0) { $0 + $1[column] }
      prices[column] = max(sum, 0)
    }
  }

  /// The knapsack: the most worth that fits into each number of cells.
  private mutating func fillBest() {
    for room in 1...cells {
      best[room] = best[room - 1]
      choice[room] = -1
      for (index, size) in sizes.enumerated() where size <= room {
        let value = best[room - size] + prices[index]
        if value > best[room] + 1e-12 {
          best[room] = value
          choice[room] = index
        }
      }
    }
  }

  /// The pattern that is worth most: how often it holds each share.
  private func mostWorth() -> [Double] {
    var pattern = Array(repeating: 0.0, count: sizes.count)
    var room = cells
    while room > 0 {
      if choice[room] < 0 {
        room -= 1
      } else {
        pattern[choice[room]] += 1
        room -= sizes[choice[room]]
      }
    }
    return pattern
  }

  /// Exchanges the pattern for the one that runs out first. False: none does.
  private mutating func bringIn(_ pattern: [Double]) -> Bool {
    let step = inverse.map { row in zip(row, pattern).reduce(0) { $0 + $1.0 * $1.1 } }
    var leaving: Int?
    var ratio = Double.infinity
    for (row, part) in step.enumerated() where part > 1e-9 && levels[row] / part < ratio {
      ratio = levels[row] / part
      leaving = row
    }
    guard let leaving else { return false }
    levels[leaving] /= step[leaving]
    for column in sizes.indices { inverse[leaving][column] /= step[leaving] }
    for row in sizes.indices where row != leaving && step[row] != 0 {
      levels[row] -= step[row] * levels[leaving]
      for column in sizes.indices {
        inverse[row][column] -= step[row] * inverse[leaving][column]
      }
    }
    return true
  }

  private static func greatestDivisor(_ a: Int, _ b: Int) -> Int {
    b == 0 ? a : greatestDivisor(b, a % b)
  }
}
