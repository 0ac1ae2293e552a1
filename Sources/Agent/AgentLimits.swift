/// Every bound of the agent.
package enum AgentLimits {
  /// Containers that one agent takes on.
  package static let containers = 2048
  /// Containers that are settled and kept for their output, the newest ones.
  package static let retainedContainers = 64
  /// Containers that are started, stopped or looked at, each, at the same time.
  static let concurrentStarts = 8
  static let concurrentStops = 16
  static let concurrentInspections = 8
  /// Outputs that are followed at the same time.
  package static let logStreams = 64
  /// Reports waiting to be sent; beyond it the agent attaches anew, which tells everything.
  package static let queuedReports = 4096
  /// Chunks of output waiting to be sent; beyond it their readers wait.
  package static let queuedLogChunks = 16
  /// Bytes of one chunk of output.
  package static let logChunkBytes = 64 * 1024
  /// Bytes of a report's message for people.
  package static let reportMessageBytes = 512
  /// How long the server may take to say welcome.
  static let welcomeTime = Duration.seconds(15)
  /// The interval between heartbeats where the server names none, and the range it may name.
  static let heartbeatInterval = Duration.seconds(5)
  static let heartbeatRange = Duration.milliseconds(50)...Duration.seconds(60)
  /// How long a start waits for an engine that is away before the attempt fails.
  static let engineAwayTime = Duration.seconds(30)
  /// How often everything is compared with what the engine holds, as a backstop to its events.
  static let resyncInterval = Duration.seconds(30)
  /// An attachment that lasted this long begins the backoff anew.
  static let stableAttachment = Duration.seconds(10)
  /// How long to stay away after another agent of the same cluster took over.
  static let supersededDelay = Duration.seconds(30)
  /// The grace of a container that nobody waits for any more.
  static let leftoverGrace = Duration.seconds(1)
  /// The grace where the server names none.
  static let stopGrace = Duration.seconds(10)
}
