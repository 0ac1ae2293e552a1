import Transport
import Wire

/// What the transport tells a call about its stream.
extension ServerCall: StreamHandler {
  func stream(_ stream: Stream, message: UnsafeRawBufferPointer) {
    connection.received(message.count)
    guard let sink else { return stream.consumed(message.count) }
    sink.receive(message, of: self)
  }

  func streamEnded(_ stream: Stream) { sink?.end(of: self) }

  func streamReset(_ stream: Stream, code: ResetCode) {
    cancel(Self.status(of: code), tellsPeer: false)
  }

  func streamWritable(_ stream: Stream) { wakeWriters() }

  private static func status(of code: ResetCode) -> RPCStatus {
    switch code {
    case .deadlineExceeded: RPCStatus(.deadlineExceeded, "the caller's deadline passed")
    case .connectionLost: RPCStatus(.cancelled, "the connection was lost")
    case .draining: RPCStatus(.unavailable, ServerConnection.shutdownMessage)
    case .messageTooLarge: RPCStatus(.resourceExhausted, "the request is too large")
    default: RPCStatus(.cancelled, "the caller gave up")
    }
  }
}
