/// Every bound of the change feed.
package enum ChangeFeedLimits {
  /// Events asked for at a time.
  package static let batchEvents = 1_000
  /// Sequences remembered to drop what comes twice. Beyond it the window is forgotten: events may
  /// then be delivered twice, which every subscriber bears.
  package static let windowEvents = 1_000_000
  /// Changes that wait for one subscriber before it is told to resync: two batches, and little
  /// enough that callers who open many watches and read none cost little.
  package static let bufferedChanges = 2_048
}

package struct ChangeFeedConfiguration: Sendable {
  /// The backstop: how late a change is seen whose notice was lost.
  package var pollInterval = Duration.seconds(1)
  package var retry = RetryPolicy.stores

  package init() {}
}
