import DequeModule

/// What only a stream that streams needs: credit both ways, the message being put together, and
/// what waits to be sent. Confined to the loop of its connection.
final class StreamFlow {
  var sendWindow: SendWindow
  var receiveWindow: ReceiveWindow
  /// The parts of the message that has begun.
  var partial: MessageBuffer?
  /// When the last of them came.
  var partNanoseconds: UInt64 = 0
  /// Cost of what was received and not consumed: goes back to the connection when the stream ends.
  var unreturnedBytes = 0
  var queue: Deque<OutboundItem> = []
  /// Bytes of messages in `queue` that have not gone.
  var queuedBytes = 0
  /// Whether the stream stands in one of the connection's lines.
  var isInLine = false

  init(sendBytes: Int, receiveBytes: Int) {
    sendWindow = SendWindow(availableBytes: sendBytes)
    receiveWindow = ReceiveWindow(sizeBytes: receiveBytes)
  }
}
