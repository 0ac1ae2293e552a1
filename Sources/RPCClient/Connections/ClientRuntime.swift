import EventLoop
import Wire

/// What channels without a loop of their own share: one loop and a few threads for name resolution.
///
/// Process-wide on purpose: a program that connects to two servers, or writes ten lines, does not
/// want to hand a thread around. Both are made when first needed and live as long as the process.
enum ClientRuntime {
  private static let sharedLoop = Result { () throws(EventLoopError) in
    try EventLoop.start(name: "berth-client")
  }

  private static let resolver = BlockingPool(
    threads: ClientLimits.resolverThreads, queueLimit: ClientLimits.waitingResolutions)

  static func loop() throws(RPCStatus) -> EventLoop {
    do throws(EventLoopError) {
      return try sharedLoop.get()
    } catch {
      throw RPCStatus(.resourceExhausted, "cannot start the client: \(error)")
    }
  }

  /// The system's answer: all addresses of a host, in its order of preference.
  static let resolve: ChannelOptions.Resolver = { host, port in
    try await resolver.run { () throws(ResolutionError) in
      try SocketAddress.resolve(host: host, port: port)
    }
  }
}
