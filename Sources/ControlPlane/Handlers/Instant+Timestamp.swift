internal import Domain
internal import Messages

extension Instant {
  /// The same moment, saturating at the ends of the range.
  init(_ timestamp: Timestamp) {
    self = Instant(microseconds: 0) + (.seconds(timestamp.seconds) + .nanoseconds(timestamp.nanos))
  }
}
