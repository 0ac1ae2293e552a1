import Messages
import Transport
import Wire

/// One attempt of a unary call. Confined to the channel's loop.
final class UnaryCall<Request: Message, Response: Message>: ClientCall, @unchecked Sendable {
  // @unchecked: confined to its loop, like its superclass; `continuation` is set before the loop
  // sees it.
  enum Outcome: Sendable {
    case response(Response)
    case failure(CallEnd)
  }

  private let request: Request
  private var response: Response?
  private var continuation: UnsafeContinuation<Outcome, Never>?

  init(_ plan: CallPlan, _ setup: AttemptSetup, request: Request) {
    self.request = request
    super.init(plan, setup)
  }

  /// From anywhere, once. A cancelled task ends the call.
  func run() async -> Outcome {
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        self.continuation = continuation
        submit()
      }
    } onCancel: {
      core.onLoop { self.cancel() }
    }
  }

  override func makeStream(on connection: ClientConnection) throws(RPCStatus) -> Stream {
    try request.withEncoded(in: core.arena) { (size, pack) throws(RPCStatus) in
      try connection.open(self, message: size, end: true, pack)
    }
  }

  override func receive(_ message: UnsafeRawBufferPointer, inStatus: Bool) {
    if !inStatus { stream?.consumed(message.count) }
    guard response == nil else {
      return abort(RPCStatus(.internal, "the server sent two responses"), .internalError)
    }
    do throws(MessageError) {
      response = try Response(decoding: message, in: core.arena)
    } catch {
      abort(.unreadable(error), .internalError)
    }
  }

  override func ended(_ end: CallEnd) {
    let waiting = continuation
    continuation = nil
    switch (end.status.code, response) {
    case (.ok, let response?):
      waiting?.resume(returning: .response(response))
    case (.ok, nil):
      let status = RPCStatus(.internal, "the server answered without a response")
      waiting?.resume(returning: .failure(CallEnd(status: status, server: end.server)))
    default:
      waiting?.resume(returning: .failure(end))
    }
  }
}

extension RPCStatus {
  /// A response whose bytes are not its message.
  static func unreadable(_ error: MessageError) -> RPCStatus {
    RPCStatus(.internal, "the server's response cannot be read: \(error)")
  }
}
