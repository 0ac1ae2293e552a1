import EventLoop
import Messages
import Transport
import Wire

/// One attempt of a call, from its submission until its end. Subclasses say what is sent and where
/// the answers go. Confined to the channel's loop, but for the lets.
class ClientCall: StreamHandler, @unchecked Sendable {
  // @unchecked: confined to its loop; the lets are Sendable.
  let plan: CallPlan
  let setup: AttemptSetup
  private(set) var stream: Stream?
  private(set) var isOver = false
  private var isCancelled = false
  private var hasBegun = false
  private var connection: ClientConnection?

  // The wheel's links. It holds each call that has a deadline until the call ends.
  var wheelTick: UInt64 = 0
  var wheelNext: ClientCall?
  // unsafe: a neighbour unlinks itself before it goes.
  unowned(unsafe) var wheelPrevious: ClientCall?

  init(_ plan: CallPlan, _ setup: AttemptSetup) {
    self.plan = plan
    self.setup = setup
  }

  var core: ChannelCore { plan.channel.core }
  /// Not below zero; nil: no deadline.
  var timeLeft: Duration? {
    guard setup.deadlineNanoseconds != .max else { return nil }
    let now = nanoseconds
    let left = setup.deadlineNanoseconds > now ? setup.deadlineNanoseconds - now : 0
    return .nanoseconds(Int64(clamping: left))
  }

  /// The clock, at least as late as when the deadline was set.
  private var nanoseconds: UInt64 { max(core.loop.nanoseconds, setup.madeNanoseconds) }

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

  /// Begins on the loop: at once if the caller is there. Once.
  func submit() {
    let loop = core.loop
    if loop.isCurrent { begin() } else { loop.execute { self.begin() } }
  }

  private func begin() {
    hasBegun = true
    if isCancelled { return end(CallEnd(status: Self.cancelledStatus, progress: .unsent)) }
    if setup.deadlineNanoseconds != .max {
      guard setup.deadlineNanoseconds > nanoseconds else { return deadlinePassed() }
      core.wheel.insert(self)
    }
    core.submit(self)
  }

  /// The caller gives up. On the loop; also before it began.
  func cancel() {
    isCancelled = true
    if hasBegun { abort(Self.cancelledStatus, .cancelled) }
  }

  /// Ends the call from this side, with words for the caller and a code for the server.
  func abort(_ status: RPCStatus, _ code: ResetCode) {
    guard !isOver else { return }
    stream?.reset(code)
    end(CallEnd(status: status, progress: stream == nil ? .unsent : .started))
  }

  /// By the wheel, which does not hold it any more.
  func deadlinePassed() {
    var text = "the deadline passed"
    if stream == nil {
      text += core.isReady ? " while the call waited" : " while the call waited for a connection"
      if let reason = core.lastFailure, !reason.message.isEmpty { text += ": \(reason.message)" }
    }
    abort(RPCStatus(.deadlineExceeded, text), .deadlineExceeded)
  }

  /// By the channel: there is room.
  func open(on connection: ClientConnection) throws(RPCStatus) {
    self.connection = connection
    setup.route?.went(to: connection.subchannel)
    stream = try makeStream(on: connection)
    opened()
  }

  /// By the channel: no stream was opened.
  func failUnstarted(_ status: RPCStatus) { end(CallEnd(status: status, progress: .unsent)) }

  private func end(_ outcome: CallEnd) {
    guard !isOver else { return }
    isOver = true
    core.wheel.remove(self)
    var end = outcome
    if let connection {
      end.server = connection.subchannel
      connection.usedAt = core.loop.nanoseconds
    }
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
    plan.options.onTrailers?(metadata)
    end(CallEnd(status: status, trailers: metadata))
  }

  func streamReset(_ stream: Stream, code: ResetCode) {
    let server = connection?.endpoint.description ?? "the server"
    switch code {
    case .refused:
      let isEnding = connection?.isEnding ?? true
      end(
        CallEnd(
          status: RPCStatus(.unavailable, "\(server) refused the call"),
          progress: isEnding ? .refusedByDraining : .refused))
    case .connectionLost:
      let reason = stream.connection.endReason.map { ": \($0)" } ?? ""
      end(CallEnd(status: RPCStatus(.unavailable, "the connection to \(server) was lost\(reason)")))
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
