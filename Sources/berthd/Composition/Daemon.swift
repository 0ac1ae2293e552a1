import ControlPlane
import Cryptography
import Domain
import EventLoop
import Glibc
import Logging
import PostgresStore
import RPCServer
import ServiceLifecycle
import Synchronization
import Telemetry

/// The running server: starts its parts in order, and ends them in the other.
struct Daemon: Service {
  /// Logins that may wait for the hashing pool.
  private static let hashQueue = 64
  /// Looks at the process that may wait for their thread.
  private static let looksQueue = 8

  let configuration: Configuration
  let logger: Logger
  /// Nil: no collector is named.
  let spans: SpanExport?

  func run() async throws {
    let deadline = ExitDeadline(drainGrace: configuration.drainGrace, logger: logger)
    try await withGracefulShutdownHandler {
      try await runToTheEnd()
    } onGracefulShutdown: {
      deadline.arm()
    }
  }

  private func runToTheEnd() async throws {
    let count =
      configuration.loops == 0 ? Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))) : configuration.loops
    let group = try await EventLoopGroup.start(count: count)
    // Loops of their own: deciding about a long queue holds up no call, and renewing the
    // scheduler's lock cannot be starved by either.
    let schedulerLoop = try EventLoop.start(name: "berth-sched")
    let renewalLoop = try EventLoop.start(name: "berth-lease")
    let pool = BlockingPool(threads: configuration.hashThreads, queueLimit: Self.hashQueue)
    // Counting a hundred thousand files takes the system a while.
    let looks = BlockingPool(threads: 1, queueLimit: Self.looksQueue)
    do {
      let stores = try await Stores.open(
        configuration, group: group,
        tracer: spans.map { SpanTracer(sink: $0.exporter.queue) }, logger: logger)
      try await serve(
        stores, group: group, schedulerLoop: schedulerLoop, renewalLoop: renewalLoop, pool: pool,
        looks: looks)
      await stores.close()
    } catch {
      await pool.shutdown()
      await looks.shutdown()
      throw error
    }
    await pool.shutdown()
    await looks.shutdown()
    await renewalLoop.shutdown()
    await schedulerLoop.shutdown()
    await group.shutdown()
    logger.notice("ended")
  }

  private func serve(
    _ stores: Stores, group: EventLoopGroup, schedulerLoop: EventLoop, renewalLoop: EventLoop,
    pool: BlockingPool, looks: BlockingPool
  ) async throws {
    let loop = group.loops[0]
    let address = BoundAddress(configuration)
    let services = try await Services(
      configuration, stores: stores, loop: loop, pool: pool, renewalLoop: renewalLoop,
      address: { address.text }, logger: logger)
    if let file = configuration.adminTokenFile {
      try await AdminToken.write(to: file, users: services.users, logger: logger)
    }
    // Until its parts were looked at nothing is known.
    let health = HealthMonitor(isServing: false)
    let forwarder = PeerForwarder(configuration, spans: spans)
    let server = try makeServer(services, stores, group, health, forwarder, looks)
    try await server.start()
    address.bound(port: server.boundPort ?? configuration.listen.port)
    let work = startBackground(services, stores, health, loop, schedulerLoop)
    try announce(server, services)
    try? await gracefulShutdown()
    logger.notice("draining")
    services.schedulers.stop()
    await server.drain(grace: configuration.drainGrace)
    await work.end()
    await forwarder.close()
  }

  private func makeServer(
    _ services: Services, _ stores: Stores, _ group: EventLoopGroup, _ health: HealthMonitor,
    _ forwarder: PeerForwarder, _ looks: BlockingPool
  ) throws -> RPCServer {
    let (schedulers, startedAt) = (services.schedulers, SystemClock().now())
    let operations = ServerOperations(
      version: Version.current, replica: services.replica, schemaVersion: stores.schemaVersion,
      migrate: { () async throws(DomainError) in try await stores.postgres.migrate() },
      isLeading: { schedulers.isLeading }, wakeScheduler: { schedulers.trigger() },
      statistics: { await ReplicaStatistics(services, stores, looks, startedAt: startedAt) })
    let router = Routes.router(
      services, operations: operations, stores: stores, health: health, forwarder: forwarder,
      lostAfter: configuration.agentLostAfter)
    let tls = try TLSContext.server(
      certificateChain: configuration.tls.certificatePath, privateKey: configuration.tls.keyPath,
      clientAuthority: configuration.tls.clientCAPath,
      requiresClientCertificate: configuration.tls.clientCAPath != nil)
    var interceptors = StandardInterceptors(logger: Logger(label: "calls"))
    if let exporter = spans?.exporter {
      interceptors.tracing = Tracing(into: exporter.queue, sampler: exporter.sampler)
    }
    interceptors.authentication = Authentication(AccessAuthenticator(services.access))
    interceptors.authorization = Authorization(AccessAuthorizer(services.access))
    return RPCServer(
      configuration: RPCServer.Configuration(
        host: configuration.listen.host, port: configuration.listen.port),
      router: router,
      interceptors: interceptors.chain, group: group, tls: tls, logger: logger)
  }

  private func startBackground(
    _ services: Services, _ stores: Stores, _ health: HealthMonitor, _ loop: EventLoop,
    _ schedulerLoop: EventLoop
  ) -> BackgroundWork {
    let probe = HealthProbe(
      stores: stores, schedulers: services.schedulers, monitor: health,
      sleeper: LoopSleeper(loop: loop))
    let housekeeping = Housekeeping(
      store: stores.postgres, sleeper: LoopSleeper(loop: loop), logger: logger)
    return BackgroundWork(
      scheduler: schedulerLoop.spawn { await services.schedulers.run() },
      others: [
        loop.spawn { await services.broadcast.relay() },
        loop.spawn { await services.access.followInvalidations() },
        loop.spawn { await services.feed.run() },
        loop.spawn { await services.sessions.run() },
        loop.spawn { await probe.run() },
        loop.spawn { await housekeeping.run() },
      ])
  }

  private func announce(_ server: RPCServer, _ services: Services) throws {
    let port = server.boundPort ?? 0
    logger.notice(
      "listening",
      metadata: [
        "address": "\(configuration.listen.host):\(port)", "replica": "\(services.replica)",
        "version": "\(Version.current)",
      ])
    guard let file = configuration.portFile else { return }
    if let problem = LocalFile.write("\(port)\n", to: file, mode: 0o644) {
      throw StartFailure("BERTH_PORT_FILE: cannot write \(file): \(problem)")
    }
  }
}

/// The tasks that run beside the calls.
struct BackgroundWork {
  let scheduler: Task<Void, Never>
  let others: [Task<Void, Never>]

  /// The scheduler ends by itself, giving its lock back, once it was told to stop; the others are
  /// cancelled.
  func end() async {
    await scheduler.value
    for task in others { task.cancel() }
    for task in others { await task.value }
  }
}

/// Where other replicas reach this one: as configured, else the listening address with the port
/// that it got.
final class BoundAddress: Sendable {
  private let advertised: String?
  private let host: String
  private let port: Atomic<UInt16>

  init(_ configuration: Configuration) {
    advertised = configuration.advertise
    host = configuration.listen.host
    port = Atomic(configuration.listen.port)
  }

  func bound(port: UInt16) { self.port.store(port, ordering: .relaxed) }

  var text: String {
    if let advertised { return advertised }
    let host = host.contains(":") ? "[\(host)]" : host
    return "\(host):\(port.load(ordering: .relaxed))"
  }
}
