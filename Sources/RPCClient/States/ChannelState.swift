public import Wire

/// Whether a channel has a connection.
public enum ChannelState: Sendable, Equatable {
  /// None was asked for.
  case idle
  /// On the way to one.
  case connecting
  /// At least one server takes calls.
  case ready
  /// None could be made, for this reason; it is tried again.
  case transientFailure(RPCStatus)
  /// The channel was closed. The last one.
  case shutdown
}
