/// What the database knows of the whole platform.
package protocol StatisticsStore: Sendable {
  /// Agents that were not heard of since `deadline` are lost. Every priority that somebody waits
  /// with is in `queue`, or all bounded as `PlatformStatistics.bounded` says.
  func platform(
    heardBefore deadline: Instant, now: Instant
  ) async throws(DomainError) -> PlatformStatistics
}
