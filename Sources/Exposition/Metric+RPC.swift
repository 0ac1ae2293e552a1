/// Of a replica's RPC server.
extension Metric {
  static let rpcStarted = Metric(
    "berth_rpc_started_total", .counter, ["replica", "method"], "Calls that began.")
  static let rpcHandled = Metric(
    "berth_rpc_handled_total", .counter, ["replica", "method", "code"],
    "Calls that ended, by their status code.")
  static let rpcDuration = Metric(
    "berth_rpc_duration_seconds", .histogram, ["replica", "method"],
    "From the arrival of the request to the end of the handler.")
  static let rpcConnections = Metric(
    "berth_rpc_connections", .gauge, ["replica"], "Connections that are open.")
  static let rpcAccepted = Metric(
    "berth_rpc_connections_accepted_total", .counter, ["replica"],
    "Connections that finished their handshake.")
  static let rpcRefused = Metric(
    "berth_rpc_connections_refused_total", .counter, ["replica"],
    "Connections over a bound, or for which the system had no room.")
  static let rpcStreams = Metric(
    "berth_rpc_streams", .gauge, ["replica"], "Calls that are not over.")
  static let rpcStreamsOpened = Metric(
    "berth_rpc_streams_opened_total", .counter, ["replica"], "Calls that began, of any method.")
  static let rpcStreamsFailed = Metric(
    "berth_rpc_streams_failed_total", .counter, ["replica"],
    "Calls that ended with another status than OK.")
  static let rpcMessagesReceived = Metric(
    "berth_rpc_messages_received_total", .counter, ["replica"], "Messages from clients.")
  static let rpcMessagesSent = Metric(
    "berth_rpc_messages_sent_total", .counter, ["replica"], "Messages to clients.")
  static let rpcBytesReceived = Metric(
    "berth_rpc_received_bytes_total", .counter, ["replica"],
    "Bytes of messages from clients, without frames and heads.")
  static let rpcBytesSent = Metric(
    "berth_rpc_sent_bytes_total", .counter, ["replica"],
    "Bytes of messages to clients, without frames and heads.")

  static let rpcMetrics = [
    rpcStarted, rpcHandled, rpcDuration, rpcConnections, rpcAccepted, rpcRefused, rpcStreams,
    rpcStreamsOpened, rpcStreamsFailed, rpcMessagesReceived, rpcMessagesSent, rpcBytesReceived,
    rpcBytesSent,
  ]
}
