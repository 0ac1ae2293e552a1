import EventLoop
public import Messages
import Transport
public import Wire

/// Where a handler writes the responses of a call that streams them.
public struct ResponseWriter<Response: Message>: Sendable {
  private let call: ServerCall

  init(call: ServerCall) { self.call = call }

  /// Sends one response. Suspends while the caller's credit or the connection's buffer is used up,
  /// so a caller that reads slowly slows the handler down.
  ///
  /// Throws the call's status once it is over; CANCELLED when the task is; RESOURCE_EXHAUSTED for a
  /// response beyond what the caller accepts.
  public func write(_ response: Response) async throws(RPCStatus) {
    if call.loop.isCurrent { return try await writeOnLoop(response) }
    try await call.loop.run { () async throws(RPCStatus) in try await writeOnLoop(response) }
  }

  private func writeOnLoop(_ response: Response) async throws(RPCStatus) {
    let stream = try await writableStream()
    let limit = stream.connection.peerSettings.messageBytes
    let count = response.encodedBytes
    guard count <= limit else {
      throw RPCStatus(
        .resourceExhausted, "a response takes \(count) bytes; the caller accepts \(limit)")
    }
    stream.send(count: count) { buffer in
      if let start = buffer.baseAddress { response.write(to: start) }
    }
    call.connection.sent(count)
  }

  /// The call's stream, once it may be written to.
  private func writableStream() async throws(RPCStatus) -> Stream {
    while true {
      if let cancellation = call.cancellation { throw cancellation }
      guard call.phase == .running else {
        throw RPCStatus(.failedPrecondition, "a response after the call's end")
      }
      guard let stream = call.stream else {
        throw RPCStatus(.cancelled, "the connection was lost")
      }
      if stream.isWritable { return stream }
      if Task.isCancelled { throw RPCStatus(.cancelled, "the handler was cancelled") }
      await call.untilWritable()
    }
  }
}
