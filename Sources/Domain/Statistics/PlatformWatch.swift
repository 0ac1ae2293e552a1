/// Reads the platform's statistics for whoever asks, and no more often than the database can bear:
/// callers share one reading, and the next one waits in proportion to how long the last one took.
package actor PlatformWatch {
  package struct Reading: Sendable {
    package let statistics: PlatformStatistics
    package let at: Instant
    package let took: Duration
  }

  private typealias Outcome = Result<Reading, DomainError>

  private let store: any StatisticsStore
  private let clock: any WallClock
  private let monotonic: any MonotonicClock
  /// An agent that was not heard of for so long is lost.
  private let lostAfter: Duration
  private var last: (reading: Reading, until: ContinuousClock.Instant)?
  /// Under way; ends with the statement.
  private var running: Task<Outcome, Never>?

  package init(
    store: any StatisticsStore, clock: any WallClock, monotonic: any MonotonicClock,
    lostAfter: Duration
  ) {
    self.store = store
    self.clock = clock
    self.monotonic = monotonic
    self.lostAfter = lostAfter
  }

  /// Throws what the store threw; nothing old is told then.
  package func read() async throws(DomainError) -> Reading {
    if let last, monotonic.now() < last.until { return last.reading }
    let task = running ?? Task { await self.readNow() }
    running = task
    return try await task.value.get()
  }

  private func readNow() async -> Outcome {
    let (began, now) = (monotonic.now(), clock.now())
    defer { running = nil }
    do throws(DomainError) {
      let statistics = try await store.platform(
        heardBefore: now - lostAfter, now: now)
      let took = monotonic.now() - began
      let reading = Reading(statistics: statistics, at: now, took: took)
      let pause = max(
        took * StatisticsLimits.platformPause, StatisticsLimits.shortestPlatformPause)
      last = (reading, monotonic.now() + pause)
      return .success(reading)
    } catch {
      return .failure(error)
    }
  }
}
