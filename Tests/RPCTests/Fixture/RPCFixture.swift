import Cryptography
import EventLoop
import Logging
import Messages
import RPCClient
import RPCServer
import TestSupport
@_spi(Frames) import Wire

/// A server on loops of its own and a channel to it, over TLS on the loopback.
struct RPCFixture: Sendable {
  let group: EventLoopGroup
  let server: RPCServer
  let clientLoop: EventLoop
  let channel: Channel
  let log: RecordedLog

  /// What differs from the default.
  struct Setup {
    var loops = 1
    var configuration = RPCServer.Configuration()
    var interceptors: [any ServerInterceptor] = []
    var options = ChannelOptions()
    var router = Router()
  }

  var port: UInt16 { server.boundPort! }

  static func with(
    _ configure: (inout Setup) throws -> Void, _ body: (RPCFixture) async throws -> Void
  ) async throws {
    var setup = Setup()
    try configure(&setup)
    let group = try await EventLoopGroup.start(count: setup.loops)
    let clientLoop = try EventLoop.start(name: "test-client")
    let log = RecordedLog()
    let server = try await startServer(setup, group: group, log: log)
    let channel = try await connect(setup.options, loop: clientLoop, port: server.boundPort!)
    let fixture = RPCFixture(
      group: group, server: server, clientLoop: clientLoop, channel: channel, log: log)
    let result: Result<Void, any Error>
    do { result = .success(try await body(fixture)) } catch { result = .failure(error) }
    await channel.close(grace: .zero)
    await server.drain(grace: .zero)
    await group.shutdown()
    await clientLoop.shutdown()
    try result.get()
  }

  /// Lends a loop for clients.
  static func withLoop(_ body: (EventLoop) async throws -> Void) async throws {
    let loop = try EventLoop.start(name: "test-client")
    let result: Result<Void, any Error>
    do { result = .success(try await body(loop)) } catch { result = .failure(error) }
    await loop.shutdown()
    try result.get()
  }

  static func startServer(
    _ setup: Setup, group: EventLoopGroup, log: RecordedLog = RecordedLog()
  ) async throws -> RPCServer {
    let certificates = try TestEnvironment.certificates()
    let server = RPCServer(
      configuration: setup.configuration, router: setup.router,
      interceptors: setup.interceptors, group: group,
      tls: try TLSContext.server(
        certificateChain: certificates.server, privateKey: certificates.serverKey),
      logger: log.logger)
    try await server.start()
    return server
  }

  static func connect(
    _ options: ChannelOptions, loop: EventLoop, port: UInt16
  ) async throws -> Channel {
    var options = options
    if options.trust == .system {
      options.trust = .certificateAuthority(path: try TestEnvironment.certificates().authority)
    }
    options.loop = loop
    return try await Channel.connect(to: "berth://127.0.0.1:\(port)", options: options)
  }

  // MARK: Calls of the test service

  func echo(_ text: String, options: CallOptions = CallOptions()) async throws -> String {
    let response: LogsResponse = try await channel.unary(
      TestMethods.echo, LogsRequest(deploymentID: text), options: options)
    return String(decoding: response.data, as: UTF8.self)
  }

  func change(_ text: String = "", options: CallOptions = CallOptions()) async throws -> String {
    let response: LogsResponse = try await channel.unary(
      TestMethods.change, LogsRequest(deploymentID: text), options: options)
    return String(decoding: response.data, as: UTF8.self)
  }

  func list(_ count: Int32, options: CallOptions = CallOptions()) -> ResponseStream<LogsResponse> {
    channel.serverStreaming(TestMethods.list, LogsRequest(tailLines: count), options: options)
  }
}

extension LogsResponse {
  init(_ text: String) { self.init(data: Array(text.utf8)) }
}

extension Router {
  /// `Echo` answers with what it was asked.
  mutating func addEcho() {
    unary(TestMethods.echo) {
      (request: LogsRequest, context: CallContext) async throws(RPCStatus) -> LogsResponse in
      LogsResponse(request.deploymentID)
    }
  }

  /// A unary method that does `body`.
  mutating func add(
    _ method: MethodDescriptor,
    _ body: @escaping @Sendable (LogsRequest, CallContext) async throws(RPCStatus) -> String
  ) {
    unary(method) {
      (request: LogsRequest, context: CallContext) async throws(RPCStatus) -> LogsResponse in
      LogsResponse(try await body(request, context))
    }
  }
}
