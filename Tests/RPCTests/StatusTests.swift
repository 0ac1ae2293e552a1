import ControlPlane
import Domain
import Logging
import Messages
import RPCClient
import RPCServer
import Testing
@_spi(Frames) import Wire

@Suite(.timeLimit(.minutes(1))) struct StatusTests {
  @Test func `a status arrives with its message and every detail`() async throws {
    let thrown = RPCStatus(
      .resourceExhausted, "voll \u{1F4A5}\n\ttab",
      details: [
        .quotaFailure([QuotaViolation(subject: "user:1", description: "too many")]),
        .retryInfo(delay: .milliseconds(1_500)),
        .errorInfo(reason: "FULL", domain: "test", metadata: ["a": "b"]),
        .badRequest([FieldViolation(field: "x.y", description: "is odd")]),
      ])
    try await RPCFixture.with {
      $0.router.add(TestMethods.change) { _, _ async throws(RPCStatus) in throw thrown }
    } _: { fixture async throws in
      let status = await #expect(throws: RPCStatus.self) { try await fixture.change() }
      #expect(status == thrown)
    }
  }

  @Test func `metadata goes both ways`() async throws {
    try await RPCFixture.with {
      $0.router.add(TestMethods.echo) { _, context async throws(RPCStatus) in
        context.addTrailer("trailing", for: "x-answer")
        return context.metadata["x-question"] ?? "none"
      }
    } _: { fixture async throws in
      let trailers = Box(Metadata())
      var options = CallOptions(metadata: ["x-question": "why"])
      options.onTrailers = { trailers.value = $0 }
      #expect(try await fixture.echo("", options: options) == "why")
      #expect(trailers.value["x-answer"] == "trailing")
    }
  }

  @Test func `unknown services and methods are UNIMPLEMENTED, each in its words`() async throws {
    try await RPCFixture.with {
      $0.router.addEcho()
    } _: { fixture async throws in
      let method = await #expect(throws: RPCStatus.self) { try await fixture.change() }
      #expect(
        method
          == RPCStatus(.unimplemented, "service test.v1.TestService has no method Change"))
      let service = await #expect(throws: RPCStatus.self) {
        try await HealthServiceClient(fixture.channel).check(HealthCheckRequest())
      }
      #expect(
        service == RPCStatus(.unimplemented, "there is no service berth.v1.HealthService"))
      let stream = await #expect(throws: RPCStatus.self) {
        for try await _ in fixture.list(0) {}
      }
      #expect(stream?.code == .unimplemented)
    }
  }

  @Test func `a string with NUL is refused by the field's name before the handler runs`()
    async throws
  {
    let ran = Counter()
    try await RPCFixture.with {
      $0.router.add(TestMethods.echo) { _, _ async throws(RPCStatus) in
        ran.increment()
        return ""
      }
      $0.router.addChat()
    } _: { fixture async throws in
      let status = await #expect(throws: RPCStatus.self) { try await fixture.echo("a\0b") }
      #expect(status?.code == .invalidArgument)
      #expect(status?.fieldViolations.map(\.field) == ["deployment_id"])
      #expect(ran.value == 0)

      let call: BidirectionalCall<LogsRequest, LogsResponse> =
        try await fixture.channel.bidirectional(TestMethods.chat)
      try await call.send(LogsRequest(deploymentID: "a\0b"))
      let streamed = await #expect(throws: RPCStatus.self) {
        for try await _ in call.responses {}
      }
      #expect(streamed?.fieldViolations.map(\.field) == ["deployment_id"])
    }
  }

  @Test func `bytes that are no message are INVALID_ARGUMENT and the connection goes on`()
    async throws
  {
    try await RPCFixture.with {
      $0.router.addEcho()
    } _: { fixture async throws in
      // Field 1 is a number here, a string there.
      let wrong = LogsResponse(stream: .stderr, data: [1, 2, 3])
      let status = await #expect(throws: RPCStatus.self) {
        let _: LogsResponse = try await fixture.channel.unary(TestMethods.echo, wrong)
      }
      #expect(status?.code == .invalidArgument)
      #expect(try await fixture.echo("fine") == "fine")
    }
  }

  @Test(arguments: [StatusCode.internal, .unknown])
  func `internal detail goes to the log under the request's id and not to the caller`(
    code: StatusCode
  ) async throws {
    try await RPCFixture.with {
      $0.router.add(TestMethods.change) { _, _ async throws(RPCStatus) in
        throw RPCStatus(code, "SELECT secret FROM vault")
      }
    } _: { fixture async throws in
      let status = await #expect(throws: RPCStatus.self) { try await fixture.change() }
      #expect(status?.code == code)
      #expect(status?.message.contains("secret") == false)
      let line = try #require(fixture.log.lines.first { $0.level == .error })
      #expect(line.metadata["detail"] == "SELECT secret FROM vault")
      let id = try #require(line.metadata["request_id"])
      #expect(status?.message.contains(id) == true)
    }
  }

  @Test func `an error of the domain is mapped and its internal detail logged`() async throws {
    try await RPCFixture.with {
      $0.router.add(TestMethods.change) { request, context async throws(RPCStatus) in
        try await context.mapping { () async throws(DomainError) -> String in
          if request.deploymentID == "bug" { throw .internal("index 7 of 3") }
          throw .invalid([Violation("a", "is empty"), Violation("b", "is too long")])
        }
      }
    } _: { fixture async throws in
      let invalid = await #expect(throws: RPCStatus.self) { try await fixture.change() }
      #expect(invalid?.message == "a is empty (and 1 more)")
      #expect(invalid?.fieldViolations.map(\.field) == ["a", "b"])
      let bug = await #expect(throws: RPCStatus.self) { try await fixture.change("bug") }
      #expect(bug?.code == .internal)
      #expect(bug?.message.contains("7") == false || bug?.message.contains("index") == false)
      #expect(fixture.log.lines.contains { $0.metadata["detail"] == "index 7 of 3" })
    }
  }

  @Test(arguments: [
    (DomainError.unauthenticated("no"), StatusCode.unauthenticated),
    (.permissionDenied("no"), .permissionDenied),
    (.notFound(kind: "cluster", name: "x"), .notFound),
    (.alreadyExists(kind: "user", name: "x"), .alreadyExists),
    (.failedPrecondition("no"), .failedPrecondition),
    (.aborted("no"), .aborted),
    (.internal("no"), .internal),
  ])
  func `each error of the domain has its code`(error: DomainError, code: StatusCode) {
    #expect(RPCStatus(mapping: error).code == code)
  }

  @Test func `what is away or full says when to try again`() {
    let away = RPCStatus(mapping: .unavailable("PostgreSQL is away", after: .seconds(2)))
    #expect(away.code == .unavailable)
    #expect(away.retryDelay == .seconds(2))
    let full = RPCStatus(mapping: .resourceExhausted("too many log in"))
    #expect(full.code == .resourceExhausted)
    #expect(full.retryDelay != nil)
    #expect(RPCStatus(mapping: .internal("detail")).message.contains("detail") == false)
  }
}
