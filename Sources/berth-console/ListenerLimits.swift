import NIOCore

/// Every bound of the console's server.
enum ListenerLimits {
  /// Connections at a time; more wait in the system's queue.
  static let connections = 1_024
  /// Bytes of a request's head.
  static let headBytes = 32 << 10
  static let headFields = 100
  /// A connection that sends nothing for so long, between requests or within one, is closed.
  static let idleTimeout = TimeAmount.seconds(60)
  /// Requests under way may take so long after SIGTERM.
  static let shutdownTime = Duration.seconds(10)
}
