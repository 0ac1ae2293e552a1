import DequeModule
import Messages
import Transport
import Wire

/// One attempt of a call that streams either way. Confined to the channel's loop.
final class StreamingCall<Request: Message, Response: Message>: ClientCall, @unchecked Sendable {
  // @unchecked: confined to its loop, like its superclass; continuations are set before the loop
  // sees them.
  private struct WaitingSend {
    let id: UInt64
    let message: Request
    let continuation: UnsafeContinuation<RPCStatus?, Never>
  }

  /// The only request of a server-streaming call.
  private let request: Request?
  private let queue: ResponseQueue<Response>
  private var waitingSends: Deque<WaitingSend> = []
  private var finishes = false
  private var finalEnd: CallEnd?
  private var openWaiter: UnsafeContinuation<CallEnd?, Never>?
  private var endWaiter: UnsafeContinuation<CallEnd, Never>?

  init(
    _ plan: CallPlan, _ setup: AttemptSetup, request: Request?, queue: ResponseQueue<Response>
  ) {
    self.request = request
    self.queue = queue
    super.init(plan, setup)
  }

  // MARK: From anywhere

  /// Begins the call; returns when its stream is open: nil, or when it failed before. Once.
  func open() async -> CallEnd? {
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        openWaiter = continuation
        submit()
      }
    } onCancel: {
      core.onLoop { self.cancel() }
    }
  }

  /// Returns when the call is over. A cancelled task ends it. Once, after `open`.
  func end() async -> CallEnd {
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        core.onLoop {
          if let end = self.finalEnd { return continuation.resume(returning: end) }
          self.endWaiter = continuation
        }
      }
    } onCancel: {
      core.onLoop { self.cancel() }
    }
  }

  /// Sends one message; suspends while the server takes no more. Throws the call's status when it
  /// is over.
  func send(_ message: Request, id: UInt64) async throws(RPCStatus) {
    let status = await withTaskCancellationHandler {
      await withUnsafeContinuation { (continuation: UnsafeContinuation<RPCStatus?, Never>) in
        core.onLoop {
          self.enqueue(WaitingSend(id: id, message: message, continuation: continuation))
        }
      }
    } onCancel: {
      core.onLoop { self.cancelSend(id) }
    }
    if let status { throw status }
  }

  /// Nothing follows what was sent. On the loop.
  func finishSending() {
    guard !finishes else { return }
    finishes = true
    if waitingSends.isEmpty { stream?.end() }
  }

  // MARK: Sending, on the loop

  private func enqueue(_ send: WaitingSend) {
    if let end = finalEnd {
      return send.continuation.resume(returning: Self.afterEnd(end))
    }
    guard !finishes else {
      return send.continuation.resume(
        returning: RPCStatus(.failedPrecondition, "a message after finishSending"))
    }
    guard waitingSends.count < ClientLimits.waitingSends else {
      return send.continuation.resume(
        returning: RPCStatus(.resourceExhausted, "too many messages wait to be sent"))
    }
    waitingSends.append(send)
    sendWaiting()
  }

  private func sendWaiting() {
    guard let stream else { return }
    while !waitingSends.isEmpty, stream.isWritable, let send = waitingSends.popFirst() {
      let limit = stream.connection.peerSettings.messageBytes
      let count = send.message.encodedBytes
      guard count <= limit else {
        let refusal = RPCStatus(
          .resourceExhausted, "a message takes \(count) bytes; the server accepts \(limit)")
        send.continuation.resume(returning: refusal)
        continue
      }
      stream.send(count: count) { buffer in
        if let start = buffer.baseAddress { send.message.write(to: start) }
      }
      send.continuation.resume(returning: nil)
    }
    if waitingSends.isEmpty, finishes { stream.end() }
  }

  private func cancelSend(_ id: UInt64) {
    guard let index = waitingSends.firstIndex(where: { $0.id == id }) else { return }
    let send = waitingSends.remove(at: index)
    send.continuation.resume(returning: RPCStatus(.cancelled, "the caller gave up"))
    if waitingSends.isEmpty, finishes { stream?.end() }
  }

  private static func afterEnd(_ end: CallEnd) -> RPCStatus {
    end.status.code == .ok
      ? RPCStatus(.failedPrecondition, "the server has ended the call") : end.status
  }

  // MARK: ClientCall

  override func makeStream(on connection: ClientConnection) throws(RPCStatus) -> Stream {
    guard let request else { return try connection.open(self, message: nil, end: false) }
    return try connection.open(self, message: request.encodedBytes, end: true) {
      request.write(to: $0)
    }
  }

  override func opened() {
    if let stream {
      let core = core
      queue.attach { sizes in
        core.onLoop { for size in sizes { stream.consumed(size) } }
      }
    }
    let waiting = openWaiter
    openWaiter = nil
    waiting?.resume(returning: nil)
    sendWaiting()
  }

  override func receive(_ message: UnsafeRawBufferPointer, inStatus: Bool) {
    do throws(MessageError) {
      let response = try Response(decoding: message, in: core.arena)
      queue.append(response, cost: inStatus ? nil : message.count)
    } catch {
      abort(.unreadable(error), .internalError)
    }
  }

  override func streamWritable(_ stream: Stream) { sendWaiting() }

  override func ended(_ end: CallEnd) {
    finalEnd = end
    let sends = waitingSends
    waitingSends = []
    for send in sends { send.continuation.resume(returning: Self.afterEnd(end)) }
    let opening = openWaiter
    openWaiter = nil
    opening?.resume(returning: end)
    let ending = endWaiter
    endWaiter = nil
    ending?.resume(returning: end)
  }
}
