/// What went over one connection, or over several.
struct ConnectionTraffic: Sendable {
  var streamsOpened: UInt64 = 0
  var streamsFailed: UInt64 = 0
  var messagesReceived: UInt64 = 0
  var messagesSent: UInt64 = 0
  var bytesReceived: UInt64 = 0
  var bytesSent: UInt64 = 0

  mutating func add(_ other: ConnectionTraffic) {
    streamsOpened &+= other.streamsOpened
    streamsFailed &+= other.streamsFailed
    messagesReceived &+= other.messagesReceived
    messagesSent &+= other.messagesSent
    bytesReceived &+= other.bytesReceived
    bytesSent &+= other.bytesSent
  }
}
