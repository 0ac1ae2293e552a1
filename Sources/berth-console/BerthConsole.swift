import ArgumentParser
import Console
import Exposition
import Foundation
import Gateway
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOSSL
import RPCClient
import ServiceLifecycle
import Telemetry
import UnixSignals

/// `berth-console`: the web console, the HTTP/JSON gateway and the metrics, as a client of berthd.
@main
struct BerthConsole: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "berth-console",
    abstract: "Berth's web console, HTTP/JSON gateway and Prometheus endpoint.",
    discussion: """
      A client of berthd like any other: it keeps nothing but who is signed in. SIGTERM and SIGINT \
      end it.

      Each option can be given in the environment, by the name in brackets.
      """,
    version: ConsoleRelease.version)

  @OptionGroup var options: ConsoleArguments

  func run() async throws {
    do {
      let settings = try ConsoleSettings(
        options, environment: ProcessInfo.processInfo.environment)
      try await Self.serve(settings)
    } catch let error as ConsoleSettingsError {
      throw Self.failure(error.description, code: .validationFailure)
    } catch let error as RPCStatus {
      throw Self.failure(error.message)
    } catch {
      throw Self.failure("\(error)")
    }
  }

  private static func serve(_ settings: ConsoleSettings) async throws {
    let logLevel = settings.logLevel
    let logger = Logger(label: "berth-console") { label in
      StandardErrorLogHandler(label: label, logLevel: logLevel)
    }
    let spans = try startSpans(logger)
    var options = ChannelOptions(
      trust: settings.authority.map { .certificateAuthority(path: $0) } ?? .system)
    if let exporter = spans?.exporter {
      options.interceptors = [
        TracingInterceptor(into: exporter.queue, sampler: exporter.sampler)
      ]
    }
    let channel = try Channel(to: settings.address, options: options)
    let replicas = try channel.target.endpoints.map { [options] in
      try Channel(to: $0.description, options: options)
    }
    let console = Console(
      channel: channel, replicas: replicas,
      credentials: settings.tokenFile.map { TokenFile(path: $0) })
    let router = Router(context: GatewayContext.self, options: .autoGenerateHeadEndpoints)
    router.add(
      middleware: RequestScope(
        into: spans?.exporter.queue, sampler: spans?.exporter.sampler ?? .standard))
    console.addRoutes(to: router)
    let metrics = try Metrics(settings, logger: logger)
    metrics.route.add(to: router)
    let gateway = try Gateway(
      channel: channel, sessions: console.sessions, version: ConsoleRelease.version)
    gateway.addRoutes(to: router)
    let application = Application(
      router: router, server: try server(settings),
      configuration: ApplicationConfiguration(
        address: .hostname(settings.host, port: settings.port),
        availableConnectionsDelegate: MaximumAvailableConnections(ListenerLimits.connections)),
      onServerRunning: { listener in
        logger.notice("serving", metadata: ["address": "\(listener.localAddress, default: "?")"])
      },
      logger: logger)
    let result: Result<Void, any Error>
    let background = Task { await console.run() }
    do { result = .success(try await run(application, logger)) } catch { result = .failure(error) }
    background.cancel()
    await background.value
    await metrics.close()
    for channel in [channel] + replicas { await channel.close() }
    await spans?.end()
    try result.get()
  }

  /// Nil: no collector is named.
  private static func startSpans(_ logger: Logger) throws -> SpanExport? {
    let environment = ProcessInfo.processInfo.environment
    do throws(TelemetrySettingsError) {
      return try SpanExport.start(
        service: "berth-console", version: ConsoleRelease.version, logger: logger
      ) { environment[$0] }
    } catch {
      throw ConsoleSettingsError("\(error)")
    }
  }

  /// Until SIGTERM or SIGINT, and what is under way then for a while longer.
  private static func run(_ application: some Service, _ logger: Logger) async throws {
    var configuration = ServiceGroupConfiguration(
      services: [application], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
    configuration.maximumGracefulShutdownDuration = ListenerLimits.shutdownTime
    try await ServiceGroup(configuration: configuration).run()
  }

  private static func server(_ settings: ConsoleSettings) throws -> HTTPServerBuilder {
    let http = HTTPServerBuilder.http1(
      configuration: HTTP1Channel.Configuration(
        idleTimeout: ListenerLimits.idleTimeout,
        httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
          maxHeaderFieldSize: ListenerLimits.headBytes, maxHeaderListSize: ListenerLimits.headBytes,
          maxHeaderFieldCount: ListenerLimits.headFields)))
    guard let tls = settings.tls else { return http }
    let chain = try NIOSSLCertificate.fromPEMFile(tls.certificate)
    return try .tls(
      http,
      tlsConfiguration: .makeServerConfiguration(
        certificateChain: chain.map { .certificate($0) },
        privateKey: .privateKey(NIOSSLPrivateKey(file: tls.key, format: .pem))))
  }

  private static func failure(_ message: String, code: ExitCode = .failure) -> ExitCode {
    FileHandle.standardError.write(Data("berth-console: \(message)\n".utf8))
    return code
  }
}
