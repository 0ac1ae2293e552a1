import EventLoop
import Messages
import RPCClient
import TestSupport
import Testing
@_spi(Frames) import Wire

@Suite(.timeLimit(.minutes(1))) struct ConnectTests {
  @Test(arguments: [
    ("berth://a:1", ["a:1"]), ("a:1", ["a:1"]), ("berth://a:1,b.c:65535/", ["a:1", "b.c:65535"]),
    ("[::1]:7", ["[::1]:7"]), ("berth://[fe80::2]:7,x:8", ["[fe80::2]:7", "x:8"]),
  ])
  func `a target names its servers`(text: String, endpoints: [String]) throws {
    #expect(try Target(text).endpoints.map(\.description) == endpoints)
  }

  @Test(arguments: [
    "", "a", "a:", ":1", "a:0", "a:65536", "http://a:1", "a:1,", "::1:7", "berth://", "a b:1",
    "berth://a:1/x",
  ])
  func `what is no target is refused by its text`(text: String) {
    let status = #expect(throws: RPCStatus.self) { _ = try Target(text) }
    #expect(status?.code == .invalidArgument)
    #expect(status?.message.contains("\"\(text)\"") == true)
  }

  @Test func `a refused connection names the server and the reason`() async throws {
    let port = try FreePort.find()
    let options = ChannelOptions(
      trust: .certificateAuthority(path: try TestEnvironment.certificates().authority))
    let status = await #expect(throws: RPCStatus.self) {
      _ = try await Channel.connect(to: "berth://127.0.0.1:\(port)", options: options)
    }
    #expect(
      status
        == RPCStatus(.unavailable, "cannot connect to 127.0.0.1:\(port): connection refused"))
  }

  @Test func `a name that does not resolve says so`() async throws {
    let status = await #expect(throws: RPCStatus.self) {
      _ = try await Channel.connect(to: "no-such-host.invalid:1")
    }
    #expect(status?.code == .unavailable)
    #expect(
      status?.message.hasPrefix("cannot connect to no-such-host.invalid:1: ") == true)
  }

  @Test func `a certificate of another authority asks whether the CA is right`() async throws {
    try await RPCFixture.with {
      $0.router.addEcho()
    } _: { fixture async throws in
      let status = await #expect(throws: RPCStatus.self) {
        _ = try await Channel.connect(to: "127.0.0.1:\(fixture.port)")
      }
      #expect(status?.code == .unavailable)
      #expect(status?.message.contains("certificate verify failed") == true)
      #expect(status?.message.hasSuffix("is BERTH_CA the server's CA?") == true)
    }
  }

  @Test func `a certificate for another name says for which it is not`() async throws {
    try await RPCFixture.with {
      $0.router.addEcho()
    } _: { fixture async throws in
      let options = ChannelOptions(
        trust: .certificateAuthority(path: try TestEnvironment.certificates().authority),
        serverName: "elsewhere.example")
      let status = await #expect(throws: RPCStatus.self) {
        _ = try await Channel.connect(to: "127.0.0.1:\(fixture.port)", options: options)
      }
      #expect(
        status?.message.hasSuffix("the certificate is not for elsewhere.example") == true)
    }
  }

  @Test func `an authority that cannot be read is told before anything connects`() {
    let status = #expect(throws: RPCStatus.self) {
      _ = try Channel(
        to: "a:1", options: ChannelOptions(trust: .certificateAuthority(path: "/no/such.pem")))
    }
    #expect(status?.code == .failedPrecondition)
    #expect(status?.message.contains("/no/such.pem") == true)
  }

  @Test func `a server that is away is passed over for the next one`() async throws {
    try await RPCFixture.with {
      $0.router.addEcho()
    } _: { fixture async throws in
      let away = try FreePort.find()
      let options = ChannelOptions(
        trust: .certificateAuthority(path: try TestEnvironment.certificates().authority))
      let channel = try await Channel.connect(
        to: "berth://127.0.0.1:\(away),localhost:\(fixture.port)", options: options)
      let response: LogsResponse = try await channel.unary(
        TestMethods.echo, LogsRequest(deploymentID: "there"))
      #expect(response == LogsResponse("there"))
      await channel.close()
    }
  }

  @Test func `a peer that accepts and says nothing is given up after the connect timeout`()
    async throws
  {
    let loop = try EventLoop.start()
    let listener = try await loop.run { () async throws -> Int32 in
      try Socket.listen(.loopback(port: 0))
    }
    let port = try #require(Socket.localAddress(listener)).port
    var options = ChannelOptions()
    options.connectTimeout = .milliseconds(80)
    let impatient = options
    let begin = ContinuousClock.now
    let status = await #expect(throws: RPCStatus.self) {
      _ = try await Channel.connect(to: "127.0.0.1:\(port)", options: impatient)
    }
    #expect(status?.code == .unavailable)
    #expect(ContinuousClock.now - begin < .seconds(5))
    Socket.close(listener)
    await loop.shutdown()
  }
}
