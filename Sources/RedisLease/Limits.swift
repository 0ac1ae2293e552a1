/// Every bound of this layer.
enum Limits {
  /// Commands that may wait for their answers.
  static let outstandingCommands = 1_024
  /// Notices that may wait for the socket; older ones are of no use then, and new ones are dropped.
  static let outstandingNotices = 256
  /// Bytes of one reply, and of what lies unread before it.
  static let replyBytes = 1 << 20
  /// Notices that wait for one listener; the oldest is dropped, and a slow poll stands behind them.
  static let bufferedNotices = 1_024
  static let connectTimeout = Duration.seconds(3)
  static let commandTimeout = Duration.seconds(2)
  /// Silence after which the subscription is asked whether it is there.
  static let subscriptionPing = Duration.seconds(5)
  static let firstBackoff = Duration.milliseconds(100)
  static let longestBackoff = Duration.seconds(5)
  /// Names that wait to be resolved: one a connection.
  static let resolutions = 2
}
