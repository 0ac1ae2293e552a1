import Messages
import RPCClient
import RPCServer
import TestSupport
import Testing
@_spi(Frames) import Wire

@Suite(.timeLimit(.minutes(1))) struct ClientInterceptorTests {
  /// Notes what it sees, and does what it is told.
  private struct Recorder: ClientInterceptor {
    let name: String
    let notes: Box<[String]>
    var change: @Sendable (inout ClientCallContext) throws(RPCStatus) -> Void = { _ in }

    func begin(_ call: inout ClientCallContext) async throws(RPCStatus) {
      notes.value.append("\(name) begins \(call.method.name) \(call.attempt)")
      call.attach(name.count)
      try change(&call)
    }

    func end(_ call: ClientCallContext, _ outcome: ClientCallOutcome) {
      let last = outcome.isFinal ? "" : " of more"
      notes.value.append("\(name) ends \(outcome.status.code)\(last)")
      #expect(call.attached(Int.self) != nil)
      #expect(outcome.duration > .zero)
    }
  }

  @Test func `they begin in order and end in the opposite one, for each attempt`() async throws {
    let (notes, calls) = (Box<[String]>([]), Counter())
    try await RPCFixture.with { setup in
      setup.options.interceptors = [
        Recorder(name: "outer", notes: notes), Recorder(name: "inner", notes: notes),
      ]
      setup.router.add(TestMethods.echo) { _, _ async throws(RPCStatus) in
        if calls.increment() == 1 { throw RPCStatus(.unavailable, "away") }
        return ""
      }
    } _: { fixture async throws in
      _ = try await fixture.echo("")
      #expect(
        notes.value == [
          "outer begins Echo 1", "inner begins Echo 1", "inner ends UNAVAILABLE of more",
          "outer ends UNAVAILABLE of more", "outer begins Echo 2", "inner begins Echo 2",
          "inner ends OK", "outer ends OK",
        ])
    }
  }

  @Test func `one that throws fails the call, and only those before it are told`() async throws {
    let notes = Box<[String]>([])
    try await RPCFixture.with { setup in
      setup.options.interceptors = [
        Recorder(name: "outer", notes: notes),
        Recorder(name: "guard", notes: notes) { _ throws(RPCStatus) in
          throw RPCStatus(.permissionDenied, "not from here")
        },
        Recorder(name: "inner", notes: notes),
      ]
      setup.router.addEcho()
    } _: { fixture async throws in
      let status = await #expect(throws: RPCStatus.self) { try await fixture.echo("") }
      #expect(status == RPCStatus(.permissionDenied, "not from here"))
      #expect(
        notes.value == [
          "outer begins Echo 1", "guard begins Echo 1", "outer ends PERMISSION_DENIED",
        ])
    }
  }

  @Test func `what they change goes with the call: metadata, credentials, deadline`() async throws {
    let notes = Box<[String]>([])
    try await RPCFixture.with { setup in
      setup.options.interceptors = [
        Recorder(name: "changes", notes: notes) { call in
          call.metadata.append("seven", for: "x-tenant")
          call.credentials = .token("sesame")
          call.deadline = ContinuousClock.now + .seconds(5)
        }
      ]
      setup.router.add(TestMethods.echo) { _, context async throws(RPCStatus) in
        let left = context.remaining ?? .zero
        let isRight = left > .seconds(1) && left <= .seconds(5)
        let who = [context.metadata["x-tenant"], context.bearer].map { $0 ?? "nothing" }
        return (who + [isRight ? "in time" : "\(left)"]).joined(separator: " ")
      }
    } _: { fixture async throws in
      #expect(try await fixture.echo("") == "seven sesame in time")
    }
  }

  @Test func `a deadline is never put off by one`() async throws {
    try await RPCFixture.with { setup in
      setup.options.interceptors = [
        Recorder(name: "later", notes: Box([])) { call in
          call.deadline = ContinuousClock.now + .seconds(500)
        }
      ]
      setup.router.add(TestMethods.echo) { _, context async throws(RPCStatus) in
        (context.remaining ?? .seconds(500)) <= .seconds(3) ? "as asked" : "put off"
      }
    } _: { fixture async throws in
      #expect(
        try await fixture.echo("", options: CallOptions(deadline: .seconds(3))) == "as asked")
    }
  }

  @Test func `streams of every kind begin and end`() async throws {
    let notes = Box<[String]>([])
    try await RPCFixture.with { setup in
      setup.options.interceptors = [Recorder(name: "one", notes: notes)]
      setup.router.addList()
      setup.router.addChat()
      setup.router.clientStreaming(TestMethods.collect) {
        (requests: RequestStream<LogsRequest>, _: CallContext) async throws(RPCStatus)
          -> LogsResponse in
        for try await _ in requests {}
        return LogsResponse()
      }
    } _: { fixture async throws in
      for try await _ in fixture.list(3) {}
      try await eventually("the first is told") { notes.value.count == 2 }
      let collect: ClientStreamingCall<LogsRequest, LogsResponse> =
        try await fixture.channel.clientStreaming(TestMethods.collect)
      _ = try await collect.finish()
      try await eventually("the second is told") { notes.value.count == 4 }
      let chat: BidirectionalCall<LogsRequest, LogsResponse> =
        try await fixture.channel.bidirectional(TestMethods.chat)
      chat.finishSending()
      for try await _ in chat.responses {}
      try await eventually("all are told") { notes.value.count == 6 }
      #expect(
        notes.value == [
          "one begins List 1", "one ends OK", "one begins Collect 1", "one ends OK",
          "one begins Chat 1", "one ends OK",
        ])
    }
  }

  @Test func `a stream that is let go ends as cancelled`() async throws {
    let notes = Box<[String]>([])
    try await RPCFixture.with { setup in
      setup.options.interceptors = [Recorder(name: "one", notes: notes)]
      setup.router.addList()
    } _: { fixture async throws in
      for try await _ in fixture.list(1_000_000) { break }
      try await eventually("it is told") { notes.value.last == "one ends CANCELLED" }
    }
  }

  @Test func `every attempt of a hedged call is told how it ended, one as the final`() async throws
  {
    let (notes, gate) = (Box<[String]>([]), Gate())
    try await RPCFixture.with { setup in
      setup.options.interceptors = [Recorder(name: "one", notes: notes)]
      setup.options.hedgingPolicy = HedgingPolicy(attempts: 2, delay: .milliseconds(5))
      setup.router.add(TestMethods.echo) { _, _ async throws(RPCStatus) in
        if gate.arrived == 0 { await gate.wait() }
        return ""
      }
    } _: { fixture async throws in
      _ = try await fixture.echo("")
      #expect(
        notes.value == [
          "one begins Echo 1", "one begins Echo 2", "one ends OK",
          "one ends CANCELLED of more",
        ])
    }
  }

  @Test func `the logging one tells a line an attempt, the metadata one leaves a call's own alone`()
    async throws
  {
    let lines = Box<[LoggingInterceptor.Line]>([])
    let failures = Box<[LoggingInterceptor.Line]>([])
    try await RPCFixture.with { setup in
      setup.options.interceptors = [
        LoggingInterceptor { lines.value.append($0) },
        LoggingInterceptor(.failures) { failures.value.append($0) },
        MetadataInterceptor(["x-tenant": "seven", "x-version": "1"]),
        MetadataInterceptor { call in ["x-attempt": "\(call.attempt)"] },
      ]
      setup.router.add(TestMethods.echo) { request, context async throws(RPCStatus) in
        if request.deploymentID == "fail" { throw RPCStatus(.notFound, "nothing") }
        return ["x-tenant", "x-version", "x-attempt"].map { context.metadata[$0] ?? "" }
          .joined(separator: " ")
      }
    } _: { fixture async throws in
      let own = CallOptions(metadata: ["x-tenant": "eight"])
      #expect(try await fixture.echo("", options: own) == "eight 1 1")
      _ = await #expect(throws: RPCStatus.self) { try await fixture.echo("fail") }
      #expect(lines.value.map(\.outcome.status.code) == [.ok, .notFound])
      #expect(failures.value.map(\.outcome.status.code) == [.notFound])
      let text = try #require(failures.value.first).description
      #expect(text.hasPrefix("test.v1.TestService/Echo NOT_FOUND: nothing, "))
      #expect(text.hasSuffix(" us, 127.0.0.1:\(fixture.port), attempt 1"))
    }
  }
}
