/// Every bound of the web console.
package enum ConsoleLimits {
  // MARK: Sessions

  /// People signed in at a time. One more is refused: nobody's session ends for another's.
  package static let sessions = 10_000
  /// Of one account: one more ends the one that was used longest ago.
  package static let sessionsOfAccount = 16
  /// A session without a request, and without a page that is open on it, ends after this.
  package static let sessionIdle = Duration.seconds(2 * 3_600)
  /// A session ends after this, whatever it does.
  package static let sessionLife = Duration.seconds(12 * 3_600)
  /// How often sessions that are over are looked for.
  static let sessionSweep = Duration.seconds(30)
  /// Random bytes of a session's name and of its token against forged requests.
  static let secretBytes = 32
  /// Bytes of the body of a request to sign in or up.
  static let signInBytes = 16 << 10

  // MARK: Live events

  /// Feeds at a time, one for each session and organization that is looked at.
  package static let feeds = 256
  /// Of one session.
  package static let feedsOfSession = 8
  /// Pages that follow one feed.
  package static let subscribersOfFeed = 16
  /// Deployments that a feed keeps: those that are not final go before those that are.
  package static let feedDeployments = 1_000
  /// Of those that are final, the newest so many.
  package static let feedEndedDeployments = 300
  package static let feedClusters = 200
  /// Removals that a page which comes back can still be told; an older page gets all anew.
  package static let feedRemovals = 512
  /// Samples of the charts that are kept: a quarter of an hour.
  package static let samples = 180
  static let sampleInterval = Duration.seconds(5)
  /// A feed that nobody follows is kept for so long: a page that is loaded anew finds it.
  static let feedLinger = Duration.seconds(20)
  /// Least time between two events to one page: what changes meanwhile goes together.
  static let flushInterval = Duration.milliseconds(100)
  /// Silence after which a page is told that the console is there.
  static let heartbeat = Duration.seconds(15)
  /// A page that takes no bytes for so long is cut off. It comes back by itself.
  static let writeStall = Duration.seconds(30)
  /// After a change, clusters are looked at this much later: changes come in groups.
  static let lookDelay = Duration.milliseconds(200)
  /// Without a change they are looked at so often; while berthd is away, berthd is tried so often.
  static let lookInterval = Duration.seconds(5)
  static let lookIntervalAway = Duration.milliseconds(500)
  static let lookDeadline = Duration.seconds(10)
  /// Pauses between attempts to follow deployments: the first, and the longest.
  static let followDelay = Duration.milliseconds(250)
  static let longestFollowDelay = Duration.seconds(3)
  /// Replicas whose counts are remembered, those that are gone included.
  static let knownReplicas = 64
  /// The scheduler is looked at so often.
  static let schedulerInterval = Duration.seconds(2)
}
