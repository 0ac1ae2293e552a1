import Messages
import RPCClient
import RPCServer
import Synchronization
import TestSupport
import Testing
@_spi(Frames) import Wire

@Suite(.timeLimit(.minutes(1))) struct RememberedCallerTests {
  private static func setUp(
    _ setup: inout RPCFixture.Setup, _ access: CountedAccess, token: String? = "alice"
  ) {
    setup.interceptors = [Authentication(access), Authorization(access)]
    setup.options = ChannelOptions(token: token)
    setup.router.add(TestMethods.echo) { _, context async throws(RPCStatus) in
      "\(context.caller?.callerName ?? "-") \((context.permit as? NamedPermit)?.name ?? "-")"
    }
    setup.router.add(TestMethods.change) { _, context async throws(RPCStatus) in
      context.caller?.callerName ?? "-"
    }
  }

  @Test func `a connection whose token was seen asks nobody again`() async throws {
    let access = CountedAccess()
    try await RPCFixture.with {
      Self.setUp(&$0, access)
    } _: { fixture async throws in
      for _ in 0..<20 { #expect(try await fixture.echo("") == "alice Echo for alice") }
      #expect(access.callersAsked.value == 1)
      #expect(access.permitsAsked.value == 1)
      #expect(try await fixture.change() == "alice")
      #expect(access.callersAsked.value == 2)
    }
  }

  @Test func `a change of access is noticed by the next call`() async throws {
    let access = CountedAccess()
    try await RPCFixture.with {
      Self.setUp(&$0, access)
    } _: { fixture async throws in
      _ = try await fixture.echo("")
      access.forbid("alice")
      let status = await #expect(throws: RPCStatus.self) { try await fixture.echo("") }
      #expect(status?.code == .unauthenticated)
    }
  }

  @Test func `another token on the connection, or of a call, is another caller`() async throws {
    let access = CountedAccess()
    try await RPCFixture.with {
      Self.setUp(&$0, access)
    } _: { fixture async throws in
      #expect(try await fixture.echo("") == "alice Echo for alice")
      let bob = CallOptions(token: "bob")
      #expect(try await fixture.echo("", options: bob) == "bob Echo for bob")
      #expect(try await fixture.echo("", options: bob) == "bob Echo for bob")
      // A call's own token is asked about each time.
      #expect(access.callersAsked.value == 3)
      #expect(try await fixture.echo("") == "alice Echo for alice")
      #expect(access.callersAsked.value == 3)
    }
  }

  @Test func `a call that waited while the connection's token changed keeps its own caller`()
    async throws
  {
    let access = CountedAccess()
    let (gate, tokens) = (Gate(), Box("alice"))
    try await RPCFixture.with { setup in
      Self.setUp(&setup, access)
      setup.interceptors.insert(FirstWaits(gate: gate), at: 0)
      setup.options = ChannelOptions(credentials: ChangingToken(tokens))
    } _: { fixture async throws in
      async let first = fixture.echo("")
      try await eventually("the first call waits") { gate.arrived == 1 }
      tokens.value = "bob"
      #expect(try await fixture.echo("") == "bob Echo for bob")
      gate.open()
      #expect(try await first == "alice Echo for alice")
      #expect(try await fixture.echo("") == "bob Echo for bob")
    }
  }

  @Test(arguments: [0, 1])
  func `a caller that an interceptor attaches is never mixed with the one that is remembered`(
    _ position: Int
  ) async throws {
    let access = CountedAccess()
    try await RPCFixture.with { setup in
      Self.setUp(&setup, access)
      setup.interceptors.insert(Deputizes(), at: position)
    } _: { fixture async throws in
      let deputized = CallOptions(metadata: ["x-deputy": "1"])
      for _ in 0..<3 {
        #expect(try await fixture.echo("") == "alice Echo for alice")
        // Ahead of `Authentication` it is overruled, behind it it is the caller.
        let expected = position == 0 ? "alice Echo for alice" : "deputy Echo for deputy"
        #expect(try await fixture.echo("", options: deputized) == expected)
      }
    }
  }

  @Test func `what may not be kept is asked for each time`() async throws {
    let access = CountedAccess(keep: .zero)
    try await RPCFixture.with {
      Self.setUp(&$0, access)
    } _: { fixture async throws in
      for _ in 0..<3 { _ = try await fixture.echo("") }
      #expect(access.callersAsked.value == 3)
      #expect(access.permitsAsked.value == 3)
    }
  }

  @Test func `what was kept is forgotten when its time is over`() async throws {
    let access = CountedAccess(keep: .milliseconds(20))
    try await RPCFixture.with {
      Self.setUp(&$0, access)
    } _: { fixture async throws in
      _ = try await fixture.echo("")
      try await eventually("it is asked for anew") {
        _ = try await fixture.echo("")
        return access.callersAsked.value > 1
      }
    }
  }

  @Test func `more methods than a connection remembers are still told apart`() async throws {
    let access = CountedAccess()
    let methods = (0..<30).map { number in
      MethodDescriptor(
        service: "test.v1.Many", name: "M\(number)", requestStreaming: false,
        responseStreaming: false, idempotency: .unknown, input: LogsRequest.self,
        output: LogsResponse.self)
    }
    try await RPCFixture.with { setup in
      Self.setUp(&setup, access)
      for method in methods {
        setup.router.add(method) { _, context async throws(RPCStatus) in
          (context.permit as? NamedPermit)?.name ?? "-"
        }
      }
    } _: { fixture async throws in
      for _ in 0..<2 {
        for method in methods {
          let answer: LogsResponse = try await fixture.channel.unary(method, LogsRequest())
          #expect(answer == LogsResponse("\(method.name) for alice"))
        }
      }
    }
  }
}

/// Holds the first call up until the gate is open.
private struct FirstWaits: ServerInterceptor {
  let gate: Gate
  let calls = Counter()

  func begin(_ call: CallContext) -> Admission {
    guard calls.increment() == 1 else { return .proceed }
    return .pending { _ async throws(RPCStatus) in await gate.wait() }
  }
}

/// Attaches another caller to calls that ask for it.
private struct Deputizes: ServerInterceptor {
  func begin(_ call: CallContext) -> Admission {
    if call.metadata["x-deputy"] != nil { call.attach(caller: NamedCaller("deputy")) }
    return .proceed
  }
}

/// Whatever the token is now.
private struct ChangingToken: CredentialsProvider {
  let tokens: Box<String>

  init(_ tokens: Box<String>) { self.tokens = tokens }

  func token(for channel: Channel) async throws(RPCStatus) -> String? { tokens.value }

  func rejected(_ token: String, by channel: Channel) async throws(RPCStatus) -> Bool { false }
}

private final class NamedPermit: Permit {
  let name: String

  init(_ name: String) { self.name = name }
}

/// Knows every token by its name but those it was told to forbid; counts who asks.
private final class CountedAccess: Authenticator, Authorizer {
  let callersAsked = Counter()
  let permitsAsked = Counter()
  private let keep: Duration
  private let forbidden = Mutex<Set<String>>([])
  private let changes = Atomic<UInt64>(0)

  init(keep: Duration = .seconds(60)) { self.keep = keep }

  func forbid(_ name: String) {
    forbidden.withLock { _ = $0.insert(name) }
    changes.wrappingAdd(1, ordering: .releasing)
  }

  var revision: UInt64 { changes.load(ordering: .acquiring) }

  func known(method: MethodDescriptor, bearer: String?) -> Known<any CallerIdentity> {
    guard let bearer, !forbidden.withLock({ $0.contains(bearer) }) else { return .unknown }
    callersAsked.increment()
    return .value(NamedCaller(bearer), keep: keep)
  }

  func authenticate(
    method: MethodDescriptor, bearer: String?
  ) async throws(RPCStatus) -> (any CallerIdentity)? {
    throw RPCStatus(.unauthenticated, "not any more")
  }

  func known(method: MethodDescriptor, caller: (any CallerIdentity)?) -> Known<any Permit> {
    permitsAsked.increment()
    return .value(NamedPermit("\(method.name) for \(caller?.callerName ?? "-")"), keep: keep)
  }

  func authorize(
    method: MethodDescriptor, caller: (any CallerIdentity)?
  ) async throws(RPCStatus) -> (any Permit)? {
    throw RPCStatus(.permissionDenied, "not any more")
  }
}
