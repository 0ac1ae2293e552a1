package import Cryptography
package import EventLoop
package import Logging
import Synchronization
package import Transport
import Wire

/// A server: listens on every loop of a group, hands calls to the methods of a router.
///
/// `start`, then `drain` once, then it is over. Every method may be called from anywhere.
package final class RPCServer: Sendable {
  /// Where and how to listen.
  package struct Configuration: Sendable {
    /// Name or address. Every address that it stands for is listened on.
    package var host: String
    /// 0: any free one; `boundPort` tells which.
    package var port: UInt16
    package var limits = ServerLimits()
    package var transport = TransportLimits()
    /// Connections in all, by address, in their handshake.
    package var connections = ListenerLimits()

    package init(host: String = "127.0.0.1", port: UInt16 = 0) {
      self.host = host
      self.port = port
    }
  }

  private enum State {
    /// -> `running` by `start`.
    case initial
    /// -> `ended` by `drain`.
    case running([RunningListener])
    case ended
  }

  private struct RunningListener {
    let listener: Listener
    let server: ServerLoop
  }

  private let configuration: Configuration
  private let router: Router
  private let group: EventLoopGroup
  private let tls: TLSContext
  private let logger: Logger
  private let servers: [ServerLoop]
  private let state = Mutex(State.initial)

  /// - Parameters:
  ///   - interceptors: asked in this order.
  ///   - logger: for faults; the access log is an interceptor.
  package init(
    configuration: Configuration, router: Router, interceptors: [any ServerInterceptor] = [],
    group: EventLoopGroup, tls: TLSContext, logger: Logger
  ) {
    self.configuration = configuration
    self.router = router
    self.group = group
    self.tls = tls
    self.logger = logger
    let prefix = String(UInt32.random(in: 0 ... .max), radix: 36)
    servers = group.loops.map { loop in
      ServerLoop(
        loop: loop, limits: configuration.limits, interceptors: interceptors, logger: logger,
        requestPrefix: prefix)
    }
  }

  /// The port that is listened on; nil when the server is not running.
  package var boundPort: UInt16? {
    state.withLock { state in
      if case .running(let listeners) = state { return listeners.first?.listener.address.port }
      return nil
    }
  }

  // MARK: Starting

  /// Listens on every loop. Throws `StartError` where the host is unknown or the port taken.
  package func start() async throws(StartError) {
    let addresses = try await resolve()
    let census = ConnectionCensus(limits: configuration.connections)
    for server in servers {
      let router = router
      await server.loop.run { server.prepare(router) }
    }
    var listeners: [RunningListener] = []
    var port = configuration.port
    do throws(StartError) {
      for address in addresses {
        var address = address.with(port: port)
        try Self.probe(address)
        for server in servers {
          let running = try await listen(on: address, server: server, census: census)
          address = running.listener.address
          listeners.append(running)
        }
        port = address.port
      }
    } catch {
      for running in listeners {
        await running.server.loop.run { running.listener.stop() }
      }
      for server in servers { await server.loop.run { server.stop() } }
      throw error
    }
    let started = listeners
    let accepted = state.withLock { state in
      guard case .initial = state else { return false }
      state = .running(started)
      return true
    }
    precondition(accepted, "a server starts once")
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
    on address: SocketAddress, server: ServerLoop, census: ConnectionCensus
  ) async throws(StartError) -> RunningListener {
    let (tls, limits) = (tls, configuration.transport)
    return try await server.loop.run { () async throws(StartError) -> RunningListener in
      let context = TransportContext(loop: server.loop, tls: tls, limits: limits)
      do throws(TransportError) {
        let listener = try Listener.start(
          on: address, context: context, census: census, handler: ServerListener(server: server))
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
  package func drain(grace: Duration) async {
    let listeners = state.withLock { state -> [RunningListener] in
      defer { state = .ended }
      if case .running(let listeners) = state { return listeners }
      return []
    }
    guard !listeners.isEmpty else { return }
    await withDiscardingTaskGroup { group in
      for running in listeners {
        group.addTask {
          await running.server.loop.run {
            await withUnsafeContinuation { continuation in
              running.listener.drain(grace: grace) { continuation.resume() }
            }
          }
        }
      }
    }
    for server in servers {
      let timeout = configuration.limits.handlersEndTimeout
      let idle = await server.loop.run {
        let idle = await server.untilIdle(timeout: timeout)
        server.stop()
        return idle
      }
      if !idle { logger.warning("handlers go on after the server's end") }
    }
  }

  /// Ends without waiting for anyone.
  package func shutdown() async { await drain(grace: .zero) }
}
