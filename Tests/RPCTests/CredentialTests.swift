import Logging
import Messages
import RPCClient
import RPCServer
import Testing
@_spi(Frames) import Wire

@Suite(.timeLimit(.minutes(1))) struct CredentialTests {
  private static func setUp(_ setup: inout RPCFixture.Setup, _ stub: StubAuthenticator) {
    setup.interceptors = [Authentication(stub)]
    setup.router.add(TestMethods.echo) { _, context async throws(RPCStatus) in
      context.caller?.callerName ?? "nobody"
    }
    setup.router.serverStreaming(TestMethods.list) {
      (_: LogsRequest, responses: ResponseWriter<LogsResponse>, context: CallContext)
        async throws(RPCStatus) in
      try await responses.write(LogsResponse(context.caller?.callerName ?? "nobody"))
    }
  }

  @Test func `the channel's token, a call's own and none at all are told apart`() async throws {
    let stub = StubAuthenticator(known: ["alice", "bob"], slow: ["carol"])
    try await RPCFixture.with { setup in
      Self.setUp(&setup, stub)
      setup.options = ChannelOptions(token: "alice")
    } _: { fixture async throws in
      #expect(try await fixture.echo("") == "alice")
      #expect(try await fixture.echo("", options: CallOptions(token: "bob")) == "bob")
      #expect(try await fixture.echo("", options: CallOptions(token: "carol")) == "carol")
      #expect(try await fixture.echo("") == "alice")
      var none = CallOptions()
      none.credentials = .none
      let status = await #expect(throws: RPCStatus.self) {
        try await fixture.echo("", options: none)
      }
      #expect(status == RPCStatus(.unauthenticated, "who is nobody?"))
      // Only what is not known at once was waited for.
      #expect(stub.asked.value == 2)
    }
  }

  @Test func `streams are authorized before their handler runs, also slowly`() async throws {
    let stub = StubAuthenticator(known: [], slow: ["carol"])
    try await RPCFixture.with { setup in
      Self.setUp(&setup, stub)
      setup.options = ChannelOptions(token: "carol")
    } _: { fixture async throws in
      for try await response in fixture.list(0) { #expect(response == LogsResponse("carol")) }
      let status = await #expect(throws: RPCStatus.self) {
        for try await _ in fixture.list(0, options: CallOptions(token: "mallory")) {}
      }
      #expect(status?.code == .unauthenticated)
    }
  }

  @Test func `a caller who is refused does not learn whether its request could be read`()
    async throws
  {
    let stub = StubAuthenticator(known: ["alice"], slow: [])
    try await RPCFixture.with {
      Self.setUp(&$0, stub)
    } _: { fixture async throws in
      let status = await #expect(throws: RPCStatus.self) { try await fixture.echo("a\0b") }
      #expect(status?.code == .unauthenticated)
      let known = await #expect(throws: RPCStatus.self) {
        try await fixture.echo("a\0b", options: CallOptions(token: "alice"))
      }
      #expect(known?.code == .invalidArgument)
    }
  }

  @Test func `a token that is refused is renewed once`() async throws {
    let stub = StubAuthenticator(known: ["new"], slow: [])
    let provider = RenewingProvider(["old", "new"])
    try await RPCFixture.with { setup in
      Self.setUp(&setup, stub)
      setup.options = ChannelOptions(credentials: provider)
    } _: { fixture async throws in
      #expect(try await fixture.echo("") == "new")
      #expect(provider.rejections.value == 1)
      #expect(try await fixture.echo("") == "new")
      #expect(provider.rejections.value == 1)
    }
    let hopeless = RenewingProvider(["old", "older", "oldest"])
    try await RPCFixture.with { setup in
      Self.setUp(&setup, stub)
      setup.options = ChannelOptions(credentials: hopeless)
    } _: { fixture async throws in
      let status = await #expect(throws: RPCStatus.self) { try await fixture.echo("") }
      #expect(status?.code == .unauthenticated)
      #expect(hopeless.rejections.value == 1)
    }
  }

  @Test func `the access log has one line a call with who, what and how it ended`() async throws {
    let access = RecordedLog()
    let stub = StubAuthenticator(known: ["alice"], slow: [])
    try await RPCFixture.with { setup in
      Self.setUp(&setup, stub)
      setup.interceptors.append(AccessLog(access.logger, level: .info))
      setup.options = ChannelOptions(token: "alice")
    } _: { fixture async throws in
      let options = CallOptions(metadata: ["x-request-id": "my-id.7"])
      _ = try await fixture.echo("", options: options)
      _ = try? await fixture.echo(
        "", options: CallOptions(metadata: ["x-request-id": "bad id\n"], token: "mallory"))
    }
    let lines = access.lines
    #expect(lines.count == 2)
    let first = try #require(lines.first?.metadata)
    #expect(first["method"] == "test.v1.TestService/Echo")
    #expect(first["code"] == "OK")
    #expect(first["principal"] == "alice")
    #expect(first["request_id"] == "my-id.7")
    #expect(first["us"].flatMap(Int.init) != nil)
    let second = try #require(lines.last?.metadata)
    #expect(second["code"] == "UNAUTHENTICATED")
    #expect(second["request_id"]?.contains("\n") == false)
    #expect(!lines.contains { $0.metadata.values.contains { $0.contains("mallory") } })
  }

  @Test func `an interceptor can refuse, and what it attaches reaches the handler`() async throws {
    try await RPCFixture.with { setup in
      setup.interceptors = [Quota()]
      setup.router.add(TestMethods.change) { _, context async throws(RPCStatus) in
        "\(context.attached(Quota.Left.self)?.calls ?? -1)"
      }
    } _: { fixture async throws in
      #expect(try await fixture.change() == "1")
      #expect(try await fixture.change() == "0")
      let status = await #expect(throws: RPCStatus.self) { try await fixture.change() }
      #expect(status == RPCStatus(.resourceExhausted, "two calls are enough"))
    }
  }
}

/// Lets two calls in.
private struct Quota: ServerInterceptor {
  struct Left: Sendable { let calls: Int }

  private let calls = Counter()

  func begin(_ call: CallContext) -> Admission {
    let number = calls.increment()
    guard number <= 2 else { return .reject(RPCStatus(.resourceExhausted, "two calls are enough")) }
    call.attach(Left(calls: 2 - number))
    return .proceed
  }
}

/// Has the tokens one after the other.
private final class RenewingProvider: CredentialsProvider {
  private let tokens: [String]
  let rejections = Counter()

  init(_ tokens: [String]) { self.tokens = tokens }

  func token(for channel: Channel) async throws(RPCStatus) -> String? {
    tokens[min(rejections.value, tokens.count - 1)]
  }

  func rejected(_ token: String, by channel: Channel) async throws(RPCStatus) -> Bool {
    rejections.increment()
    return true
  }
}
