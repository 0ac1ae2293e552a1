/// Every bound of the statistics.
package enum StatisticsLimits {
  /// Priorities told apart beside those of the classes; the others are one.
  package static let priorities = 64
  /// Clusters told one by one, the oldest; the sums are of all.
  package static let clusters = 1_000
  /// The platform is read again no sooner than so many times as long as it took: reading it is at
  /// most a twentieth of one connection, however long the queue. A million takes half a second.
  package static let platformPause = 20
  /// Nor sooner than this.
  package static let shortestPlatformPause = Duration.seconds(1)
}
