/// Every bound of the server side of agents.
package enum AgentLimits {
  /// Orders that wait for one agent to read them. An agent that lets more pile up is cut off; when
  /// it attaches again it gets what holds then.
  package static let orders = 65_536
  /// Containers in one hello.
  package static let containers = 65_536
  /// Changes that wait for the sessions of this process; beyond it they compare with the database.
  package static let bufferedChanges = 65_536
  /// Open log requests of one session.
  package static let logReaders = 64
  /// Bytes of logs that wait for one reader.
  package static let logBytes = 1_048_576
  /// Characters of a reason that an agent gives.
  package static let reasonCharacters = 512
}

package struct AgentConfiguration: Sendable {
  /// How often agents say that they live, and how often that is written down.
  package var heartbeatInterval = Duration.seconds(3)
  /// An agent not heard of for so long is lost; its session ends.
  package var lostAfter = Duration.seconds(15)
  /// What a container gets to end by itself.
  package var stopGrace = Duration.seconds(10)
  /// How long a log reader that does not read may hold up its agent.
  package var logPatience = Duration.seconds(2)
  /// When a deployment that failed is tried again.
  package var retry = RetryPolicy.deployments
  package var storeRetry = RetryPolicy.stores

  package init() {}
}
