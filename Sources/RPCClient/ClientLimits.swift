/// Every bound of this layer.
enum ClientLimits {
  /// Grain of deadlines, and how many grains the wheel holds.
  static let wheelTickNanoseconds: UInt64 = 2_000_000
  static let wheelSlots = 1_024
  /// Endpoints in one target, and addresses tried in one round.
  static let endpoints = 32
  static let addresses = 64
  /// Attempts of one call that a policy may ask for, the first among them.
  static let attempts = 10
  /// Times that a call moves to another connection because the one it was sent on drained, and
  /// because the server refused it, before its policy decides.
  static let movesFromDraining = 16
  static let movesFromRefusing = 1
  /// A longer wait than this, which the server asks for, is the caller's to decide.
  static let longestHonouredDelay = Duration.seconds(30)
  /// Retries and hedges that may be made on credit, and what a call that went well earns, in
  /// thousandths of one.
  static let retryTokens = 10_000
  static let retryTokensEarned = 100
  /// Pauses between rounds of connecting: the first, and the longest.
  static let connectDelay = Duration.milliseconds(100)
  static let longestConnectDelay = Duration.seconds(20)
  static let connectDelayFactor = 1.6
  /// How long an address that does not answer is tried alone, before the next is beside it.
  static let connectStagger = Duration.milliseconds(250)
  /// Least time between two look-ups of the same target that failures ask for.
  static let resolveInterval = Duration.milliseconds(250)
  /// Connections to one address, whatever the options say.
  static let connections = 64
  /// Streams opened on one connection before it is replaced: below the 2^30 there are numbers for.
  static let streamsOfConnection = 1_000_000_000
  /// For the calls on a connection that was replaced, or whose address is not the target's any
  /// more.
  static let retiredGrace = Duration.seconds(3_600)
  /// Least time between two looks for idle connections.
  static let leastTrimInterval = Duration.milliseconds(5)
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
