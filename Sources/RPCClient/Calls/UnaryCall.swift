import Messages
import Transport
import Wire

/// One attempt of a unary call. Confined to the channel's loop.
final class UnaryCall<Request: Message, Response: Message>: ClientCall, @unchecked Sendable {
  // @unchecked: confined to its loop, like its superclass; `continuation` is set before the loop
  // sees it.
  private let request: Request
  /// The answer, once `run` has returned an end without failure.
  private(set) var response: Response?
  // No generic type goes through it: their metadata would be looked up call by call.
  private var continuation: UnsafeContinuation<CallEnd, Never>?

  init(_ plan: CallPlan, _ setup: AttemptSetup, request: Request) {
    self.request = request
    super.init(plan, setup)
  }

  /// From anywhere, once; OK comes with a response. A cancelled task ends the call.
  func run() async -> CallEnd {
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
    try connection.open(self, message: request.encodedBytes, end: true) {
      request.write(to: $0)
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
    guard end.status.code == .ok, response == nil else {
      waiting?.resume(returning: end)
      return
    }
    let status = RPCStatus(.internal, "the server answered without a response")
    waiting?.resume(returning: CallEnd(status: status, server: end.server))
  }
}

extension RPCStatus {
  /// A response whose bytes are not its message.
  static func unreadable(_ error: MessageError) -> RPCStatus {
    RPCStatus(.internal, "the server's response cannot be read: \(error)")
  }
}
