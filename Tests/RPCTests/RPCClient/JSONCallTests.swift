import Messages
import RPCClient
import RPCServer
import Testing
@_spi(Frames) import Wire

@Suite(.timeLimit(.minutes(1))) struct JSONCallTests {
  private func texts(_ responses: JSONResponses) async throws -> [String] {
    var texts: [String] = []
    for try await text in responses { texts.append(text) }
    return texts
  }

  @Test func `every kind of call takes and gives JSON`() async throws {
    try await RPCFixture.with { setup in
      setup.router.add(TestMethods.echo) { request, _ async throws(RPCStatus) in
        request.deploymentID
      }
      setup.router.addList()
      setup.router.addChat()
      setup.router.clientStreaming(TestMethods.collect) {
        (requests: RequestStream<LogsRequest>, _: CallContext) async throws(RPCStatus)
          -> LogsResponse in
        var count: Int32 = 0
        for try await _ in requests { count += 1 }
        return LogsResponse(attempt: count)
      }
    } _: { fixture async throws in
      let channel = fixture.channel
      let unary = try await channel.call(TestMethods.echo, json: [#"{"deploymentId": "hi"}"#])
      #expect(try await texts(unary) == [#"{"data":"aGk="}"#])
      let empty = try await channel.call(TestMethods.echo, json: [])
      #expect(try await texts(empty) == ["{}"])
      let list = try await channel.call(TestMethods.list, json: [#"{"tailLines": 2}"#])
      #expect(try await texts(list) == [#"{"attempt":1}"#, #"{"attempt":2}"#])
      let collect = try await channel.call(TestMethods.collect, json: ["{}", "{}", "{}"])
      #expect(try await texts(collect) == [#"{"attempt":3}"#])
      let requests = Array(repeating: #"{"deploymentId": "ab"}"#, count: 100)
      let chat = try await channel.call(TestMethods.chat, json: requests)
      #expect(
        try await texts(chat) == Array(repeating: #"{"data":"YWI="}"#, count: 100))
    }
  }

  @Test func `what cannot be called is refused before anything is sent`() async throws {
    try await RPCFixture.with {
      $0.router.addEcho()
    } _: { fixture async throws in
      let path = await #expect(throws: RPCStatus.self) {
        _ = try await fixture.channel.call(path: "berth.v1.NoService/Nothing", json: [])
      }
      #expect(path == RPCStatus(.unimplemented, "there is no method berth.v1.NoService/Nothing"))
      let field = await #expect(throws: RPCStatus.self) {
        _ = try await fixture.channel.call(TestMethods.echo, json: [#"{"tailLines": "x"}"#])
      }
      #expect(field?.code == .invalidArgument)
      #expect(field?.fieldViolations.map(\.field) == ["tail_lines"])
      let count = await #expect(throws: RPCStatus.self) {
        _ = try await fixture.channel.call(TestMethods.echo, json: ["{}", "{}"])
      }
      #expect(count?.code == .invalidArgument)
    }
  }

  @Test func `a method of Berth is called by its path`() async throws {
    try await RPCFixture.with { setup in
      setup.router.unary(HealthServiceMethods.check) {
        (_: HealthCheckRequest, _: CallContext) async throws(RPCStatus) -> HealthCheckResponse in
        HealthCheckResponse(status: .serving)
      }
    } _: { fixture async throws in
      let answers = try await fixture.channel.call(
        path: "berth.v1.HealthService/Check", json: ["{}"])
      #expect(try await texts(answers) == [#"{"status":"STATUS_SERVING"}"#])
    }
  }
}
