/// Every bound of this layer.
enum ClientLimits {
  /// Calls that wait for a connection or a free stream.
  static let waitingCalls = 16_384
  /// Endpoints in one target, and addresses tried in one round.
  static let endpoints = 32
  static let addresses = 64
  /// Attempts of one call, the first among them.
  static let attempts = 4
  /// Pauses between attempts: the first, and the longest.
  static let retryDelay = Duration.milliseconds(50)
  static let longestRetryDelay = Duration.seconds(2)
  /// A longer wait than this, which the server asks for, is the caller's to decide.
  static let longestHonouredDelay = Duration.seconds(30)
  /// Retries that may be made on credit, and what a call that went well earns.
  static let retryTokens = 10.0
  static let retryTokensEarned = 0.1
  /// Pauses between rounds of connecting: the first, and the longest.
  static let connectDelay = Duration.milliseconds(100)
  static let longestConnectDelay = Duration.seconds(20)
  /// A round that failed less than this ago speaks for a call that comes now; later it is tried
  /// anew.
  static let connectFailureLifetime = Duration.seconds(1)
  /// Credit that is gathered before it goes back to the server, in bytes and in messages.
  static let gatheredCreditBytes = 16_384
  static let gatheredMessages = 32
  /// Messages of one call that wait to be sent, from tasks that await it.
  static let waitingSends = 1_024
  /// Threads for name resolution, and look-ups that may wait.
  static let resolverThreads = 2
  static let waitingResolutions = 256
  /// Before a token ends it is refreshed: this long, or a tenth of its life if that is known to be
  /// less.
  static let refreshMargin = Duration.seconds(30)
}
