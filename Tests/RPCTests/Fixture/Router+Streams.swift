import Messages
import RPCServer
@_spi(Frames) import Wire

extension Router {
  /// `List` answers `tail_lines` responses, numbered.
  mutating func addList() {
    serverStreaming(TestMethods.list) {
      (request: LogsRequest, responses: ResponseWriter<LogsResponse>, _: CallContext)
        async throws(RPCStatus) in
      var number: Int32 = 0
      while number < request.tailLines {
        number += 1
        try await responses.write(LogsResponse(attempt: number))
      }
    }
  }

  /// `Chat` answers each request with its text.
  mutating func addChat() {
    bidirectional(TestMethods.chat) {
      (
        requests: RequestStream<LogsRequest>, responses: ResponseWriter<LogsResponse>,
        _: CallContext
      ) async throws(RPCStatus) in
      for try await request in requests {
        try await responses.write(LogsResponse(request.deploymentID))
      }
    }
  }
}
