import EventLoop
import Messages
import Synchronization
import Wire

/// A call whose types are known when the program runs only.
struct JSONCall {
  let channel: Channel
  let method: MethodDescriptor
  let requests: [String]
  let options: CallOptions
  let output: JSONOptions

  func start<Request: Message, Response: Message>(
    _: Request.Type, _: Response.Type
  ) async throws(RPCStatus) -> JSONResponses {
    let requests = try decoded(Request.self)
    switch (method.requestStreaming, method.responseStreaming) {
    case (false, false):
      let response: Response = try await channel.unary(
        method, requests.first ?? Request(), options: options)
      return single(response)
    case (false, true):
      let responses: ResponseStream<Response> = channel.serverStreaming(
        method, requests.first ?? Request(), options: options)
      return stream(responses)
    case (true, false):
      let call: ClientStreamingCall<Request, Response> = try await channel.clientStreaming(
        method, options: options)
      for request in requests { try await call.send(request) }
      return single(try await call.finish())
    case (true, true):
      let call: BidirectionalCall<Request, Response> = try await channel.bidirectional(
        method, options: options)
      return both(call, requests)
    }
  }

  private func decoded<Request: Message>(_: Request.Type) throws(RPCStatus) -> [Request] {
    var decoded: [Request] = []
    for text in requests {
      do throws(MessageError) {
        decoded.append(try Request(jsonString: text))
      } catch {
        throw RPCStatus(
          .invalidArgument, "\(error)",
          details: [
            .badRequest([FieldViolation(field: error.field, description: error.problem)])
          ])
      }
    }
    return decoded
  }

  private func single(_ response: some Message) -> JSONResponses {
    let rest = JSONOnce(response.jsonString(output))
    return JSONResponses { () async throws(RPCStatus) in rest.take() }
  }

  private func stream<Response: Message>(_ responses: ResponseStream<Response>) -> JSONResponses {
    let output = output
    return JSONResponses { () async throws(RPCStatus) in
      try await responses.next()?.jsonString(output)
    }
  }

  /// Sends beside the reading: a server may want its responses read before it takes more.
  private func both<Request: Message, Response: Message>(
    _ call: BidirectionalCall<Request, Response>, _ requests: [Request]
  ) -> JSONResponses {
    let sender = JSONSender(
      channel.core.loop.spawn {
        do throws(RPCStatus) {
          for request in requests { try await call.send(request) }
        } catch {
          // The responses end with the same status.
        }
        call.finishSending()
      })
    let (responses, output) = (call.responses, output)
    return JSONResponses { () async throws(RPCStatus) in
      _ = sender
      return try await responses.next()?.jsonString(output)
    }
  }
}

/// The task that sends; cancelled when nobody reads the responses any more.
private final class JSONSender: Sendable {
  private let task: Task<Void, Never>

  init(_ task: Task<Void, Never>) { self.task = task }

  deinit { task.cancel() }
}

/// The response of a unary call, until it is taken.
private final class JSONOnce: Sendable {
  private let text: Mutex<String?>

  init(_ text: String) { self.text = Mutex(text) }

  func take() -> String? {
    text.withLock { text in
      defer { text = nil }
      return text
    }
  }
}
