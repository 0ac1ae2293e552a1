package import Cryptography
package import EventLoop
public import Logging
import Synchronization
import Glibc
public import Messages
import Transport

/// A server: listens on every loop of a group, hands calls to the methods of a router.
///
/// `start`, then `drain` once, then it is over. Every method may be called from anywhere.
public final class RPCServer: Sendable {
  private enum State {
    /// -> `running` by `start`.
    case initial
    /// -> `ended` by `drain`.
    case running(Running)
    case ended

    /// One of the loops of a server that runs.
    var loop: EventLoop? {
      if case .running(let running) = self { return running.servers.first?.loop }
      return nil
    }
  }

  /// What a server runs on.
  private enum Ground {
    /// Loops and TLS of its own, from the configuration.
    case own
    case shared(EventLoopGroup, TLSContext)
  }

  private struct Running {
    let listeners: [RunningListener]
    let servers: [ServerLoop]
    /// Ended with the server.
    let ownGroup: EventLoopGroup?
  }

  private struct RunningListener {
    let listener: Listener
    let server: ServerLoop
  }

  private let configuration: Configuration
  private let router: Router
  private let interceptors: [any ServerInterceptor]
  private let ground: Ground
  private let logger: Logger
  private let state = Mutex(State.initial)

  /// A server on threads of its own.
  ///
  /// - Parameters:
  ///   - configuration: has an identity.
  ///   - interceptors: asked in this order.
  ///   - logger: for faults; the access log is an interceptor.
  public init(
    configuration: Configuration, router: Router,
    interceptors: [any ServerInterceptor] = StandardInterceptors().chain,
    logger: Logger = Logger(label: "rpc")
  ) {
    self.configuration = configuration
    self.router = router
    self.interceptors = interceptors
    self.logger = logger
    ground = .own
    Self.check(interceptors)
  }

  /// A server on loops that are not its own.
  package init(
    configuration: Configuration, router: Router, interceptors: [any ServerInterceptor] = [],
    group: EventLoopGroup, tls: TLSContext, logger: Logger
  ) {
    self.configuration = configuration
    self.router = router
    self.interceptors = interceptors
    self.logger = logger
    ground = .shared(group, tls)
    Self.check(interceptors)
  }

  /// What a connection remembers of its caller is of one authenticator and one authorizer.
  private static func check(_ interceptors: [any ServerInterceptor]) {
    precondition(
      interceptors.count { $0 is Authentication } <= 1
        && interceptors.count { $0 is Authorization } <= 1,
      "one Authentication and one Authorization in a chain")
  }

  /// What the server has done in sum, as `StatisticsService` says it; nothing when it is not
  /// running. `CallMetrics.methods` has the calls.
  public func statistics() async -> GetServerStatisticsResponse { await inspection.server() }

  private var inspection: ServerInspection {
    state.withLock { state in
      if case .running(let running) = state { return ServerInspection(loops: running.servers) }
      return ServerInspection(loops: [])
    }
  }

  /// The port that is listened on; nil when the server is not running.
  public var boundPort: UInt16? {
    state.withLock { state in
      if case .running(let running) = state {
        return running.listeners.first?.listener.address.port
      }
      return nil
    }
  }

  // MARK: Starting

  /// Listens on every loop. Throws `StartError` where the host is unknown, the port taken, or the
  /// identity cannot be used.
  public func start() async throws(StartError) {
    let addresses = try await resolve()
    let (group, tls, ownGroup) = try await makeGround()
    let servers = await makeServers(group)
    let listeners: [RunningListener]
    do throws(StartError) {
      listeners = try await listen(on: addresses, servers: servers, tls: tls)
    } catch {
      for server in servers { await server.loop.run { server.stop() } }
      await ownGroup?.shutdown()
      throw error
    }
    let accepted = state.withLock { state in
      guard case .initial = state else { return false }
      state = .running(Running(listeners: listeners, servers: servers, ownGroup: ownGroup))
      return true
    }
    precondition(accepted, "a server starts once")
  }

  private func makeGround() async throws(StartError) -> (
    group: EventLoopGroup, tls: TLSContext, own: EventLoopGroup?
  ) {
    if case .shared(let group, let tls) = ground { return (group, tls, nil) }
    let tls = try makeTLS()
    let count =
      configuration.loops == 0 ? Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))) : configuration.loops
    do throws(EventLoopError) {
      let group = try await EventLoopGroup.start(
        count: count, busyPoll: configuration.busyPoll)
      return (group, tls, group)
    } catch {
      throw StartError("cannot start a thread: \(error)")
    }
  }

  private func makeTLS() throws(StartError) -> TLSContext {
    guard let identity = configuration.identity else {
      throw StartError("a server needs a certificate and its key")
    }
    do throws(TLSError) {
      return try TLSContext.server(
        certificateChain: identity.certificatePath, privateKey: identity.privateKeyPath,
        clientAuthority: identity.clientAuthorityPath,
        requiresClientCertificate: identity.requiresClientCertificate)
    } catch {
      throw StartError("TLS: \(error)")
    }
  }

  private func makeServers(_ group: EventLoopGroup) async -> [ServerLoop] {
    let prefix = String(UInt32.random(in: 0 ... .max), radix: 36)
    let catalog = ServerCatalog(router)
    let servers = group.loops.map { loop in
      ServerLoop(
        loop: loop, limits: configuration.limits, catalog: catalog, interceptors: interceptors,
        logger: logger, requestPrefix: prefix)
    }
    for server in servers {
      await server.loop.run { server.prepare(siblings: servers) }
    }
    return servers
  }

  private func listen(
    on addresses: [SocketAddress], servers: [ServerLoop], tls: TLSContext
  ) async throws(StartError) -> [RunningListener] {
    let census = ConnectionCensus(limits: configuration.connections)
    var listeners: [RunningListener] = []
    var port = configuration.port
    do throws(StartError) {
      for address in addresses {
        var address = address.with(port: port)
        try Self.probe(address)
        let group = ListenerGroup()
        for server in servers {
          let running = try await listen(
            on: address, server: server, tls: tls, census: census, group: group)
          address = running.listener.address
          listeners.append(running)
        }
        port = address.port
      }
    } catch {
      for running in listeners {
        await running.server.loop.run { running.listener.stop() }
      }
      throw error
    }
    return listeners
  }

  private func resolve() async throws(StartError) -> [SocketAddress] {
    // For this one look-up; literals need no answer from anybody.
    let pool = BlockingPool(threads: 1, queueLimit: 1)
    let (host, port) = (configuration.host, configuration.port)
    let result: Result<[SocketAddress], StartError>
    do {
      let found = try await pool.run { () throws(ResolutionError) in
        try SocketAddress.resolve(host: host, port: port)
      }
      result = found.isEmpty ? .failure(.noAddress(host)) : .success(found)
    } catch {
      result = .failure(StartError("cannot listen on \(host): \(error)"))
    }
    await pool.shutdown()
    return try result.get()
  }

  /// Loops share the port, and so would another program of the same user, unnoticed. So it is
  /// asked for alone first.
  private static func probe(_ address: SocketAddress) throws(StartError) {
    guard address.port != 0 else { return }
    do throws(EventLoopError) {
      Socket.close(try Socket.listen(address, reusePort: false, backlog: 1))
    } catch {
      throw StartError("cannot listen on \(address): \(error)")
    }
  }

  private func listen(
    on address: SocketAddress, server: ServerLoop, tls: TLSContext, census: ConnectionCensus,
    group: ListenerGroup
  ) async throws(StartError) -> RunningListener {
    let limits = configuration.transport
    return try await server.loop.run { () async throws(StartError) -> RunningListener in
      let context = TransportContext(
        loop: server.loop, tls: tls, limits: limits, batchHandler: server.drivers)
      do throws(TransportError) {
        let listener = try Listener.start(
          on: address, context: context, census: census, group: group,
          handler: ServerListener(server: server))
        return RunningListener(listener: listener, server: server)
      } catch {
        throw StartError("cannot listen on \(address): \(error)")
      }
    }
  }

  // MARK: Ending

  /// Accepts no more, tells every client (GOAWAY), waits for the calls in flight up to `grace`,
  /// cancels the rest and closes. Returns when every handler has ended. A second caller returns at
  /// once.
  ///
  /// Not to be awaited by a handler, which it waits for.
  public func drain(grace: Duration) async {
    let running = state.withLock { state -> Running? in
      defer { state = .ended }
      if case .running(let running) = state { return running }
      return nil
    }
    guard let running else { return }
    for server in running.servers { await server.loop.run { server.beginEnding() } }
    for hook in router.drainHooks { hook() }
    await withDiscardingTaskGroup { group in
      for running in running.listeners {
        group.addTask {
          await running.server.loop.run {
            await withUnsafeContinuation { continuation in
              running.listener.drain(grace: grace) { continuation.resume() }
            }
          }
        }
      }
    }
    for server in running.servers {
      let timeout = configuration.limits.handlersEndTimeout
      let idle = await server.loop.run {
        let idle = await server.untilIdle(timeout: timeout)
        server.stop()
        return idle
      }
      if !idle { logger.warning("handlers go on after the server's end") }
    }
    await running.ownGroup?.shutdown()
  }

  /// Ends without waiting for anyone.
  public func shutdown() async { await drain(grace: .zero) }

  // MARK: The whole life

  /// Starts, serves until the process gets SIGTERM or SIGINT or the task is cancelled, drains and
  /// returns. `started` is called once the server listens. For a program that is nothing but a
  /// server; the two signals are the server's from then on.
  public func run(
    started: (_ port: UInt16) async -> Void = { _ in }
  ) async throws(StartError) {
    try await start()
    guard let loop = state.withLock({ $0.loop }) else { return }
    if let boundPort { await started(boundPort) }
    do throws(EventLoopError) {
      try await loop.run { () async throws(EventLoopError) in
        try await ProcessSignals.wait(for: [SIGTERM, SIGINT], on: loop)
      }
    } catch {
      await shutdown()
      throw StartError("cannot wait for signals: \(error)")
    }
    await drain(grace: configuration.drainGrace)
  }
}
