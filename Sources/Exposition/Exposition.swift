package import Logging
import RPCClient

/// What the replicas of `berthd` tell of themselves and of the platform, in Prometheus' text
/// format. Scrapes that come while one is under way share its answer.
package actor Exposition {
  private let replicas: [ReplicaClient]
  private let console: @Sendable () -> ConsoleReport
  private let logger: Logger
  /// Replicas that did not answer the last time.
  private var away: Set<String> = []
  /// Under way; ends within `ExpositionLimits.deadline`.
  private var running: Task<String, Never>?

  /// - Parameters:
  ///   - replicas: each asked at every scrape. Names are unique.
  ///   - console: asked at every scrape.
  package init(
    replicas: [ReplicaClient], console: @escaping @Sendable () -> ConsoleReport, logger: Logger
  ) {
    self.replicas = replicas
    self.console = console
    self.logger = logger
  }

  /// The text of one scrape. A replica that is away is told as that.
  package func text() async -> String {
    let task = running ?? Task { await self.collect() }
    running = task
    return await task.value
  }

  private func collect() async -> String {
    let begin = ContinuousClock.now
    async let platform = platform()
    let reports = await reports()
    var table = MetricTable()
    for report in reports {
      table.add(report)
      note(report)
    }
    table.add(await platform)
    table.add(console(), collectedIn: .now - begin)
    running = nil
    return table.text
  }

  /// Tells the log when it changes.
  private func note(_ report: ReplicaReport) {
    guard let problem = report.problem else {
      if away.remove(report.replica) != nil {
        logger.notice(
          "a replica tells its statistics again", metadata: ["replica": "\(report.replica)"])
      }
      return
    }
    guard away.insert(report.replica).inserted else { return }
    logger.warning(
      "a replica does not tell its statistics",
      metadata: [
        "replica": "\(report.replica)", "code": "\(problem.code.name)",
        "reason": "\(problem.message)",
      ])
  }

  /// In the order of the replicas.
  private func reports() async -> [ReplicaReport] {
    await withTaskGroup(of: (Int, ReplicaReport).self) { group in
      for (index, replica) in replicas.enumerated() {
        group.addTask { (index, await replica.report(within: ExpositionLimits.deadline)) }
      }
      var all: [(Int, ReplicaReport)] = []
      for await one in group { all.append(one) }
      return all.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }

  /// By the first replica that tells it: all tell the same.
  private func platform() async -> GetControlPlaneStatisticsResponse.Platform? {
    let end = ContinuousClock.now + ExpositionLimits.deadline
    for replica in replicas {
      let left = end - .now
      guard left > .zero else { break }
      // One that hangs leaves time for another.
      let part = min(left, ExpositionLimits.deadline / 2)
      if let platform = await replica.platform(within: part) { return platform }
    }
    return nil
  }
}
