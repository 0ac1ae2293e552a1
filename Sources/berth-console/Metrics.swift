import Exposition
import Foundation
import Logging
import RPCClient
import Telemetry

/// What `/metrics` is made of: a client for each replica, under the console's own token.
struct Metrics {
  let route: MetricsRoute
  private let replicas: [ReplicaClient]

  init(_ settings: ConsoleSettings, logger: Logger) throws(RPCStatus) {
    let own = settings.tokenFile.map { TokenFile(path: $0) }
    if let own { replicas = try Self.replicas(settings, own) } else { replicas = [] }
    let start = Date().timeIntervalSince1970
    let exposition = Exposition(
      replicas: replicas,
      console: {
        ConsoleReport(
          version: ConsoleRelease.version, startTimeSeconds: start,
          process: ProcessUse.now().map(ConsoleReport.Process.init))
      }, logger: logger)
    route = MetricsRoute(
      exposition: own == nil ? nil : exposition,
      tokenFile: settings.metricsTokenFile.map { TokenFile(path: $0) },
      isDirect: settings.tls != nil)
  }

  func close() async {
    for replica in replicas { await replica.close() }
  }

  /// One for each address that is named, by that address.
  private static func replicas(
    _ settings: ConsoleSettings, _ token: TokenFile
  ) throws(RPCStatus) -> [ReplicaClient] {
    var options = ChannelOptions(
      trust: settings.authority.map { .certificateAuthority(path: $0) } ?? .system,
      credentials: token)
    options.connections = 1
    var (names, replicas) = (Set<String>(), [ReplicaClient]())
    for endpoint in try Target(settings.address).endpoints
    where names.insert(endpoint.description).inserted {
      let connect = { @Sendable [options] () throws(RPCStatus) in
        try Channel(to: endpoint.description, options: options)
      }
      replicas.append(ReplicaClient(name: endpoint.description, connect: connect))
    }
    return replicas
  }
}

extension ConsoleReport.Process {
  fileprivate init(_ use: ProcessUse) {
    self.init(
      cpuTime: use.cpuTime, residentBytes: use.residentBytes, virtualBytes: use.virtualBytes,
      openFiles: use.openFiles, maxFiles: use.maxFiles)
  }
}
