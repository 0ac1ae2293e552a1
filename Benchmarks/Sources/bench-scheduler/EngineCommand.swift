import ArgumentParser

/// Prints one line a measurement: `WHAT SIZE NANOSECONDS`, the median of the rounds.
struct EngineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "engine", abstract: "What a decision costs by clusters and by queue length.")

  @Option(help: "Numbers of clusters.")
  var clusters = "1000,1213,3000,10000,30000,100000"

  @Option(help: "Numbers of clusters, with requests of thousands of sizes.")
  var anySize = "1213,10000"

  @Option(help: "Lengths of the queue.")
  var queue = "1000,10000,100000,1000000"

  @Option(help: "Decisions of a round.")
  var decisions = 20_000

  @Option(help: "Rounds of each.")
  var rounds = 3

  func validate() throws {
    guard decisions > 0, rounds > 0 else {
      throw ValidationError("--decisions and --rounds are at least 1")
    }
    _ = try Self.sizes(clusters) + Self.sizes(anySize) + Self.sizes(queue)
  }

  func run() throws {
    for size in try Self.sizes(clusters) {
      var churn = EngineChurn(clusters: size, queue: 0)
      report("clusters", size, (0..<rounds).map { _ in churn.measure(decisions) })
    }
    for size in try Self.sizes(anySize) {
      var churn = EngineChurn(clusters: size, queue: 0, isOfAnySize: true)
      report("any-size", size, (0..<rounds).map { _ in churn.measure(decisions) })
    }
    for size in try Self.sizes(queue) {
      var churn = EngineChurn(clusters: EngineChurn.queueClusters, queue: size)
      report("queue", size, (0..<rounds).map { _ in churn.measure(decisions) })
    }
  }

  private func report(_ what: String, _ size: Int, _ rounds: [Duration]) {
    let median = rounds.sorted()[rounds.count / 2]
    print("\(what) \(size) \(median / .nanoseconds(1) / Double(decisions))")
  }

  private static func sizes(_ list: String) throws -> [Int] {
    try list.split(separator: ",").map { word in
      guard let size = Int(word), size > 0 else {
        throw ValidationError("'\(word)' is no number of at least 1")
      }
      return size
    }
  }
}
