import EventLoop
import Messages
import RPCClient
import RPCServer
import Synchronization
import TestSupport
@_spi(Frames) import Wire

/// Several servers that are alike. Each stands behind a relay that a test can cut, and counts the
/// calls that reach it.
final class Fleet: Sendable {
  /// One server of them.
  struct Member: Sendable {
    let index: Int
    let server: Box<RPCServer>
    let relay: TCPRelay
    let calls: Counter

    var port: Int { relay.port }
  }

  let members: [Member]
  let group: EventLoopGroup
  let clientLoop: EventLoop

  private init(members: [Member], group: EventLoopGroup, clientLoop: EventLoop) {
    self.members = members
    self.group = group
    self.clientLoop = clientLoop
  }

  /// `configure` fills the router of each; `Echo` answers the server's number unless it is there.
  static func with(
    _ count: Int,
    _ configure: (Int, Counter, inout RPCFixture.Setup) -> Void = Fleet.echoNumber,
    _ body: (Fleet) async throws -> Void
  ) async throws {
    let group = try await EventLoopGroup.start(count: 1)
    let clientLoop = try EventLoop.start(name: "test-client")
    var members: [Member] = []
    for index in 0..<count {
      var setup = RPCFixture.Setup()
      let calls = Counter()
      configure(index, calls, &setup)
      let server = try await RPCFixture.startServer(setup, group: group)
      members.append(
        Member(
          index: index, server: Box(server), relay: try TCPRelay(to: Int(server.boundPort!)),
          calls: calls))
    }
    let fleet = Fleet(members: members, group: group, clientLoop: clientLoop)
    let result: Result<Void, any Error>
    do { result = .success(try await body(fleet)) } catch { result = .failure(error) }
    for member in members { await member.server.value.drain(grace: .zero) }
    await group.shutdown()
    await clientLoop.shutdown()
    try result.get()
  }

  static func echoNumber(_ index: Int, _ calls: Counter, _ setup: inout RPCFixture.Setup) {
    setup.router.add(TestMethods.echo) { _, _ async throws(RPCStatus) in
      calls.increment()
      return "\(index)"
    }
  }

  /// A channel to all of them; closed after `body`.
  func channel<Result>(
    _ options: ChannelOptions = ChannelOptions(), to ports: [Int]? = nil,
    _ body: (Channel) async throws -> Result
  ) async throws -> Result {
    var options = options
    options.trust = .certificateAuthority(path: try TestEnvironment.certificates().authority)
    options.loop = clientLoop
    let servers = (ports ?? members.map(\.port)).map { "127.0.0.1:\($0)" }
    let channel = try Channel(to: servers.joined(separator: ","), options: options)
    let result: Swift.Result<Result, any Error>
    do { result = .success(try await body(channel)) } catch { result = .failure(error) }
    await channel.close(grace: .zero)
    return try result.get()
  }
}

extension Channel {
  /// Calls `Echo`, or another unary test method.
  func ask(
    _ text: String = "", _ method: MethodDescriptor = TestMethods.echo,
    options: CallOptions = CallOptions()
  ) async throws -> String {
    let response: LogsResponse = try await unary(
      method, LogsRequest(deploymentID: text), options: options)
    return String(decoding: response.data, as: UTF8.self)
  }

  /// Asks until each of these servers has answered.
  func untilAllAnswer(_ names: Set<String>) async throws {
    var heard: Set<String> = []
    try await eventually("\(names) answer") {
      heard.insert(try await ask())
      return heard.isSuperset(of: names)
    }
  }
}
