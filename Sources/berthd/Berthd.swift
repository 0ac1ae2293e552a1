import ArgumentParser
import Glibc
import Logging
import ServiceLifecycle
import Telemetry
import UnixSignals

/// The server. Everything is configured by the environment; docs/operations.md lists it.
@main
struct Berthd: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "berthd",
    abstract: "Berth's server: answers calls and schedules deployments.",
    discussion: """
      Configured by environment variables or a .env file: DATABASE_URL, REDIS_URL, SECRET_KEY, \
      BERTH_LISTEN, BERTH_TLS_CERTIFICATE, BERTH_TLS_KEY and more (docs/operations.md). \
      SIGTERM drains and ends within ten seconds.

      Exit status: 0 ended by a signal, 78 a value is missing or bad, 69 a part is not reachable.
      """,
    version: Version.current)

  private static let configurationStatus: Int32 = 78
  private static let unavailableStatus: Int32 = 69

  func run() async throws {
    let environment: EnvironmentValues
    let configuration: Configuration
    do throws(ConfigurationError) {
      environment = try EnvironmentValues.process()
      configuration = try Configuration(environment)
    } catch {
      Self.fail("\(error)", status: Self.configurationStatus)
    }
    // Peers that go away must not end the process.
    signal(SIGPIPE, SIG_IGN)
    Self.raiseDescriptorLimit()
    LoggingSystem.bootstrap { label in
      StandardErrorLogHandler(label: label, logLevel: configuration.logLevel)
    }
    let logger = Logger(label: "berthd")
    if configuration.signingKeyIsTemporary {
      logger.warning("SECRET_KEY is not set: tokens hold until this process ends")
    }
    if configuration.faults != nil {
      logger.warning("faults are on: this process is being tested and may end at any step")
    }
    let spans: SpanExport?
    do throws(TelemetrySettingsError) {
      spans = try SpanExport.start(
        service: "berthd", version: Version.current, logger: Logger(label: "spans"),
        environment.text)
    } catch {
      Self.fail("\(error)", status: Self.configurationStatus)
    }
    let daemon = Daemon(configuration: configuration, logger: logger, spans: spans)
    do {
      try await ServiceGroup(
        services: [daemon], gracefulShutdownSignals: [.sigterm, .sigint], logger: Self.quiet
      ).run()
      await spans?.end()
    } catch {
      Self.fail("\(error)", status: Self.unavailableStatus)
    }
  }

  /// The service group's own lines say nothing that ours do not.
  private static let quiet: Logger = {
    var logger = Logger(label: "lifecycle")
    logger.logLevel = .error
    return logger
  }()

  private static func raiseDescriptorLimit() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }

  private static func fail(_ message: String, status: Int32) -> Never {
    let line = Array("berthd: \(message)\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
    Glibc.exit(status)
  }
}
