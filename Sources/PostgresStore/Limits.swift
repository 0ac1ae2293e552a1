/// Every bound of this layer.
enum Limits {
  /// Connections of one loop that pipeline. Two have a better p99 than one.
  static let pipelinedConnectionsPerLoop = 2
  /// Connections of one loop behind a transaction pooler, where each has one group in flight.
  static let pooledConnectionsPerLoop = 8
  /// Groups of statements sent on one connection and not answered yet.
  static let groupsInFlightPerConnection = 512
  /// What a connection reads at a time.
  static let readBufferBytes = 64 << 10
  /// How often a connection reads in one turn.
  static let readsPerTurn = 16
  /// Buffers that had to grow beyond this are given back when they are empty.
  static let keptBufferBytes = 1 << 20
  /// A message of the server: a row. The largest deployment has a few hundred KiB.
  static let messageBytes = 64 << 20
  /// The rows of one statement. The largest are the queue of a scheduler that begins and a page of
  /// the largest deployments.
  static let resultBytes = 256 << 20
  /// Groups of one loop that wait for a connection; more are refused.
  static let waitingGroupsPerLoop = 8_192
  /// How long a group waits for a connection before its caller is told to try again.
  static let waitForConnection: Duration = .seconds(2)
  /// How often those that wait too long are looked for.
  static let waitingSweep: Duration = .milliseconds(200)
  /// How long a lone silence of the server lasts, beyond the statement timeout, before the
  /// connection is given up; looked for this often.
  static let silenceMargin: Duration = .seconds(5)
  static let silenceSweep: Duration = .seconds(1)
  /// Attempts of a group whose transaction lost a deadlock or serialization race, or was aborted by
  /// a sibling's error.
  static let attemptsPerGroup = 5
  /// The pause before such an attempt: up to this, times the attempt.
  static let retryPause: Duration = .milliseconds(4)
  /// Reconnecting: the first pause, doubled to the last, each with jitter.
  static let firstReconnectPause: Duration = .milliseconds(50)
  static let lastReconnectPause: Duration = .seconds(5)
  /// What a caller is told to wait before it tries again while the database is away.
  static let retryAfter: Duration = .seconds(1)
  /// Threads and queue of the pool that resolves host names.
  static let resolverThreads = 1
  static let resolverQueue = 1_024
  /// Deployments created by one statement.
  static let createsPerStatement = 512
  /// Creates or transitions of one loop that wait before another statement of theirs goes beside
  /// one that is in flight: a statement of 16 costs PostgreSQL half again as much an item as one of
  /// 128.
  static let itemsForAnotherStatement = 64
  /// Creates of one loop that wait for a statement.
  static let waitingCreatesPerLoop = 8_192
  /// Transitions of deployments made by one statement.
  static let transitionsPerStatement = 256
  /// Transitions of one loop that wait for a statement.
  static let waitingTransitionsPerLoop = 8_192
  /// Attempts of a transition that raced with another one of the same deployment.
  static let attemptsPerTransition = 16
  /// Deployments of lost agents that one statement sends back.
  static let lostPerStatement = 256
  /// Bytes of a page token, decoded.
  static let pageTokenBytes = 1_024
  /// How long the lock that migrations run under is waited for, and how long a migration may take.
  static let migrationTimeout: Duration = .seconds(600)
  /// Idempotency keys are kept so long after their create.
  static let idempotencyKeyLife: Duration = .seconds(7 * 24 * 3_600)
}
