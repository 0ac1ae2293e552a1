import EventLoop
import Messages
import Transport
import Wire

/// One attempt of a call, from its submission until its end. Subclasses say what is sent and where
/// the answers go. Confined to the channel's loop, but for the lets.
class ClientCall: StreamHandler, @unchecked Sendable {
  // @unchecked: confined to its loop; the lets are Sendable.
  let core: ChannelCore
  let method: MethodDescriptor
  let options: CallOptions
  let credentials: CallCredentials
  /// Of the loop's clock; nil: none.
  let deadline: ContinuousClock.Instant?
  private(set) var stream: Stream?
  private(set) var isOver = false
  private var isCancelled = false
  private var hasBegun = false
  private var connection: ClientConnection?
  private var timer: TimerID?

  init(_ plan: CallPlan, credentials: CallCredentials) {
    core = plan.core
    method = plan.method
    options = plan.options
    deadline = plan.deadline
    self.credentials = credentials
  }

  var waitsForReady: Bool { options.waitForReady ?? core.options.waitForReady }
  /// Not below zero; nil: no deadline.
  var timeLeft: Duration? { deadline.map { max(.zero, $0 - ContinuousClock.now) } }

  // MARK: For subclasses

  /// Opens the stream on `connection`, which has room.
  func makeStream(on connection: ClientConnection) throws(RPCStatus) -> Stream {
    preconditionFailure("a call of no kind")
  }

  /// A whole message; lent.
  func receive(_ message: UnsafeRawBufferPointer, inStatus: Bool) {}

  /// The stream is open.
  func opened() {}

  /// The attempt is over. Called once.
  func ended(_ end: CallEnd) {}

  // MARK: Life

  /// On the loop, once.
  func begin() {
    hasBegun = true
    if isCancelled { return end(CallEnd(status: Self.cancelledStatus, isUnstarted: true)) }
    if let left = timeLeft {
      guard left > .zero else { return deadlinePassed() }
      timer = core.loop.schedule(after: left) { [weak self] in self?.deadlinePassed() }
    }
    core.submit(self)
  }

  /// The caller gives up. On the loop; also before `begin`.
  func cancel() {
    isCancelled = true
    if hasBegun { abort(Self.cancelledStatus, .cancelled) }
  }

  /// Ends the call from this side, with words for the caller and a code for the server.
  func abort(_ status: RPCStatus, _ code: ResetCode) {
    guard !isOver else { return }
    stream?.reset(code)
    end(CallEnd(status: status, isUnstarted: stream == nil))
  }

  private func deadlinePassed() {
    timer = nil
    var text = "the deadline passed"
    if stream == nil {
      text += " while the call waited for a connection"
      if let reason = core.lastFailure, !reason.message.isEmpty { text += ": \(reason.message)" }
    }
    abort(RPCStatus(.deadlineExceeded, text), .deadlineExceeded)
  }

  /// By the channel: there is room.
  func open(on connection: ClientConnection) throws(RPCStatus) {
    self.connection = connection
    stream = try makeStream(on: connection)
    opened()
  }

  /// By the channel: no stream was opened.
  func failUnstarted(_ status: RPCStatus) { end(CallEnd(status: status, isUnstarted: true)) }

  private func end(_ end: CallEnd) {
    guard !isOver else { return }
    isOver = true
    if let timer { core.loop.cancel(timer) }
    timer = nil
    ended(end)
    if stream != nil { core.startWaiting() }
  }

  private static var cancelledStatus: RPCStatus { RPCStatus(.cancelled, "the caller gave up") }

  // MARK: StreamHandler

  func stream(_ stream: Stream, message: UnsafeRawBufferPointer) {
    guard !isOver else { return stream.consumed(message.count) }
    receive(message, inStatus: false)
  }

  func stream(
    _ stream: Stream, status: RPCStatus, metadata: Metadata, message: UnsafeRawBufferPointer?
  ) {
    guard !isOver else { return }
    if let message { receive(message, inStatus: true) }
    // A message that could not be read has ended the call.
    guard !isOver else { return }
    options.onTrailers?(metadata)
    end(CallEnd(status: status))
  }

  func streamReset(_ stream: Stream, code: ResetCode) {
    let server = connection?.endpoint.description ?? "the server"
    switch code {
    case .refused:
      end(CallEnd(status: RPCStatus(.unavailable, "\(server) refused the call"), isUnstarted: true))
    case .connectionLost:
      end(CallEnd(status: RPCStatus(.unavailable, "the connection to \(server) was lost")))
    case .draining:
      end(CallEnd(status: RPCStatus(.unavailable, "\(server) is shutting down")))
    case .deadlineExceeded:
      end(CallEnd(status: RPCStatus(.deadlineExceeded, "the deadline passed")))
    case .messageTooLarge:
      end(CallEnd(status: RPCStatus(.resourceExhausted, "a message is too large for \(server)")))
    case .cancelled:
      end(CallEnd(status: RPCStatus(.cancelled, "\(server) ended the call")))
    default:
      end(CallEnd(status: RPCStatus(.internal, "\(server) ended the call: \(code)")))
    }
  }

  func streamWritable(_ stream: Stream) {}
}
