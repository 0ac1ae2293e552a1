/// The bounds on who may connect, over all listeners that share a `ConnectionCensus`.
package struct ListenerLimits: Sendable {
  /// Connections in all.
  package var connections = 16_384
  /// Connections from one address.
  package var connectionsPerAddress = 4_096
  /// Connections whose handshake has not ended.
  package var handshakes = 1_024
  /// Connections accepted by one listener in a turn.
  package var acceptsPerTurn = 64
  /// Pause of a listener after the system had no descriptor left.
  package var pause = Duration.milliseconds(100)

  package init() {}
}
