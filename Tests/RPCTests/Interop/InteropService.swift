import EventLoop
import Messages
import RPCServer
@_spi(Frames) import Wire

/// The server's side of the interoperability tests: gRPC's TestService.
struct InteropService: TestServiceHandler {
  /// Handlers that began, and that ended.
  let begun = Counter()
  let ended = Counter()
  /// The addresses that calls came from: one a connection.
  let peers = Box<Set<String>>([])

  /// Metadata under these keys comes back with the status, as text and as bytes.
  static let echoedTextKey = "x-grpc-test-echo-initial"
  static let echoedBytesKey = "x-grpc-test-echo-trailing-bin"
  /// A call that brings the first is told its bearer token under the second.
  static let bearerWantedKey = "x-echo-bearer"
  static let bearerKey = "x-bearer"

  func emptyCall(
    _ request: Empty, context: CallContext
  ) async throws(RPCStatus) -> Empty {
    begin(context)
    defer { ended.increment() }
    return Empty()
  }

  func unaryCall(
    _ request: SimpleRequest, context: CallContext
  ) async throws(RPCStatus) -> SimpleResponse {
    begin(context)
    defer { ended.increment() }
    try request.responseStatus?.throwUnlessOK()
    return SimpleResponse(payload: Payload(zeros: Int(request.responseSize)))
  }

  func streamingOutputCall(
    _ request: StreamingOutputCallRequest,
    responses: ResponseWriter<StreamingOutputCallResponse>, context: CallContext
  ) async throws(RPCStatus) {
    begin(context)
    defer { ended.increment() }
    try await answer(request, responses, context)
  }

  func streamingInputCall(
    _ requests: RequestStream<StreamingInputCallRequest>, context: CallContext
  ) async throws(RPCStatus) -> StreamingInputCallResponse {
    begin(context)
    defer { ended.increment() }
    var bytes = 0
    for try await request in requests { bytes += request.payload?.body.count ?? 0 }
    return StreamingInputCallResponse(aggregatedPayloadSize: Int32(bytes))
  }

  func fullDuplexCall(
    _ requests: RequestStream<StreamingOutputCallRequest>,
    responses: ResponseWriter<StreamingOutputCallResponse>, context: CallContext
  ) async throws(RPCStatus) {
    begin(context)
    defer { ended.increment() }
    for try await request in requests { try await answer(request, responses, context) }
  }

  private func begin(_ context: CallContext) {
    begun.increment()
    peers.insert(context.peer)
    if let text = context.metadata[Self.echoedTextKey] {
      context.addTrailer(text, for: Self.echoedTextKey)
    }
    if let bytes = context.metadata.bytes(for: Self.echoedBytesKey) {
      context.addTrailer(bytes, for: Self.echoedBytesKey)
    }
    if context.metadata[Self.bearerWantedKey] != nil {
      context.addTrailer(context.bearer ?? "", for: Self.bearerKey)
    }
  }

  private func answer(
    _ request: StreamingOutputCallRequest,
    _ responses: ResponseWriter<StreamingOutputCallResponse>, _ context: CallContext
  ) async throws(RPCStatus) {
    try request.responseStatus?.throwUnlessOK()
    for parameters in request.responseParameters {
      if parameters.intervalUs > 0 {
        do throws(CancellationError) {
          try await context.loop.sleep(for: .microseconds(Int64(parameters.intervalUs)))
        } catch {
          throw RPCStatus(.cancelled, "nobody waits any more")
        }
      }
      try await responses.write(
        StreamingOutputCallResponse(payload: Payload(zeros: Int(parameters.size))))
    }
  }
}

extension Payload {
  /// gRPC's tests send zeros.
  init(zeros count: Int) { self.init(body: [UInt8](repeating: 0, count: max(0, count))) }
}

extension EchoStatus {
  /// The status that a request asks for; INVALID_ARGUMENT comes with a detail.
  fileprivate func throwUnlessOK() throws(RPCStatus) {
    guard code != 0 else { return }
    var status = RPCStatus(StatusCode(rawValue: UInt8(clamping: code)) ?? .unknown, message)
    if status.code == .invalidArgument {
      status.details = [
        .badRequest([FieldViolation(field: "payload", description: message)])
      ]
    }
    throw status
  }
}
