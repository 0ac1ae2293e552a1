import EventLoop
import Messages
import RPCClient
import RPCServer
import Testing
@_spi(Frames) import Wire

/// A handler may hand its streams to a task that runs elsewhere.
@Suite(.timeLimit(.minutes(1))) struct OffLoopTests {
  @Test func `a detached task of a handler reads and writes its streams`() async throws {
    let offLoop = Counter()
    try await RPCFixture.with { setup in
      setup.router.bidirectional(TestMethods.chat) {
        (
          requests: RequestStream<LogsRequest>, responses: ResponseWriter<LogsResponse>,
          context: CallContext
        ) async throws(RPCStatus) in
        let worker = Task.detached { () async -> RPCStatus? in
          do throws(RPCStatus) {
            while let request = try await requests.next() {
              if !context.loop.isCurrent { offLoop.increment() }
              try await responses.write(LogsResponse(request.deploymentID))
            }
            return nil
          } catch {
            return error
          }
        }
        if let status = await worker.value { throw status }
      }
    } _: { fixture async throws in
      let call: BidirectionalCall<LogsRequest, LogsResponse> =
        try await fixture.channel.bidirectional(TestMethods.chat)
      var responses = call.responses.makeAsyncIterator()
      for number in 0..<50 {
        try await call.send(LogsRequest(deploymentID: "\(number)"))
        #expect(try await responses.next() == LogsResponse("\(number)"))
      }
      call.finishSending()
      #expect(try await responses.next() == nil)
    }
    #expect(offLoop.value == 50)
  }

  @Test func `a response after the call's end is refused`() async throws {
    let kept = Box<ResponseWriter<LogsResponse>?>(nil)
    try await RPCFixture.with { setup in
      setup.router.serverStreaming(TestMethods.list) {
        (_: LogsRequest, responses: ResponseWriter<LogsResponse>, _: CallContext)
          async throws(RPCStatus) in
        kept.value = responses
      }
    } _: { fixture async throws in
      for try await _ in fixture.list(0) {}
      let writer = try #require(kept.value)
      let status = await #expect(throws: RPCStatus.self) { try await writer.write(LogsResponse()) }
      #expect(status?.code == .failedPrecondition)
    }
  }

  @Test func `a child task that gives up waiting leaves the call alone`() async throws {
    try await RPCFixture.with { setup in
      setup.router.bidirectional(TestMethods.chat) {
        (
          requests: RequestStream<LogsRequest>, responses: ResponseWriter<LogsResponse>,
          _: CallContext
        ) async throws(RPCStatus) in
        let impatient = Task { () async -> StatusCode? in
          do throws(RPCStatus) {
            _ = try await requests.next()
            return nil
          } catch {
            return error.code
          }
        }
        impatient.cancel()
        let code = await impatient.value
        try await responses.write(LogsResponse(code?.name ?? "none"))
        guard let request = try await requests.next() else { return }
        try await responses.write(LogsResponse(request.deploymentID))
      }
    } _: { fixture async throws in
      let call: BidirectionalCall<LogsRequest, LogsResponse> =
        try await fixture.channel.bidirectional(TestMethods.chat)
      var responses = call.responses.makeAsyncIterator()
      #expect(try await responses.next() == LogsResponse("CANCELLED"))
      try await call.send(LogsRequest(deploymentID: "still here"))
      #expect(try await responses.next() == LogsResponse("still here"))
      call.finishSending()
      #expect(try await responses.next() == nil)
    }
  }
}
