/// Every bound of the change feed.
package enum ChangeFeedLimits {
  /// Events asked for at a time.
  package static let batchEvents = 1_000
  /// Changes of one look after which the next one waits for `pauseAfterMany`.
  package static let manyChanges = 64
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
  /// How long more changes are let gather when there are many: so much later they are seen.
  package var pauseAfterMany = Duration.milliseconds(10)
  package var retry = RetryPolicy.stores

  package init() {}
}
