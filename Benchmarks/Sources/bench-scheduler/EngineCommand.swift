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
      report("clusters", size, EngineChurn(clusters: size, queue: 0))
    }
    for size in try Self.sizes(anySize) {
      report("any-size", size, EngineChurn(clusters: size, queue: 0, isOfAnySize: true))
    }
    for size in try Self.sizes(queue) {
      report("queue", size, EngineChurn(clusters: EngineChurn.queueClusters, queue: size))
    }
  }

  private func report(_ what: String, _ size: Int, _ engine: consuming EngineChurn) {
    var churn = engine
    // What is worked out once for each kind of request is there before the clock runs.
    _ = churn.measure(decisions)
    let median = (0..<rounds).map { _ in churn.measure(decisions) }.sorted()[rounds / 2]
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
