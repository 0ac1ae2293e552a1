internal import CPostgres
internal import Domain
internal import EventLoop

/// What libpq needs to connect, with what we add to the URL.
struct ConnectionSettings: Sendable {
  /// A server as the URL names it: a host name, an address, or a socket's folder.
  struct Server: Sendable, Equatable {
    var host: String
    var address: String
    var port: String

    /// Whether libpq would have to resolve it, which blocks.
    var needsResolution: Bool {
      address.isEmpty && !host.isEmpty && !host.hasPrefix("/") && !host.hasPrefix("@")
    }
  }

  private(set) var options: [String: String] = [:]
  private(set) var servers: [Server] = []

  /// Throws `.configuration` for a URL that libpq cannot read.
  init(_ configuration: PostgresConfiguration) throws(PostgresFailure) {
    options = try Self.parse(configuration.url)
    servers = try Self.servers(options)
    for key in ["host", "hostaddr", "port"] { options[key] = nil }
    options["client_encoding"] = "UTF8"
    setDefault("application_name", configuration.applicationName)
    // Looking for Kerberos credentials reads files on the loop, and hardly anyone has them.
    setDefault("gssencmode", "disable")
    setDefault("keepalives_idle", "15")
    setDefault("keepalives_interval", "5")
    setDefault("keepalives_count", "3")
    let silence = configuration.statementTimeout + Limits.silenceMargin
    setDefault("tcp_user_timeout", String(silence.milliseconds))
    // A pooler refuses `options`: its server connections are shared.
    if !configuration.isPooler {
      let ours = [
        "-c statement_timeout=\(configuration.statementTimeout.milliseconds)",
        "-c idle_in_transaction_session_timeout="
          + String(configuration.idleInTransactionTimeout.milliseconds),
        "-c jit=off",
      ].joined(separator: " ")
      // Ours come first: what the URL says wins.
      options["options"] = options["options"].map { "\(ours) \($0)" } ?? ours
    }
  }

  private mutating func setDefault(_ key: String, _ value: String) {
    if options[key] == nil { options[key] = value }
  }

  private static func parse(_ url: String) throws(PostgresFailure) -> [String: String] {
    var message: UnsafeMutablePointer<CChar>?
    guard let list = PQconninfoParse(url, &message) else {
      let text = message.map { String(cString: $0) } ?? "out of memory"
      if let message { PQfreemem(message) }
      throw PostgresFailure(.configuration, "the URL cannot be read: \(text.trimmedLine)")
    }
    defer { PQconninfoFree(list) }
    var options: [String: String] = [:]
    var entry = list
    while let keyword = entry.pointee.keyword {
      if let value = entry.pointee.val {
        options[String(cString: keyword)] = String(cString: value)
      }
      entry += 1
    }
    return options
  }

  /// libpq takes lists of hosts, addresses and ports, which go together by position.
  private static func servers(_ options: [String: String]) throws(PostgresFailure) -> [Server] {
    let hosts = list(options["host"])
    let addresses = list(options["hostaddr"])
    let ports = list(options["port"])
    let count = max(1, max(hosts.count, addresses.count))
    guard [0, count].contains(hosts.count), [0, count].contains(addresses.count),
      [0, 1, count].contains(ports.count)
    else {
      throw PostgresFailure(.configuration, "the URL's hosts, addresses and ports do not pair up")
    }
    return (0..<count).map { index in
      Server(
        host: hosts.isEmpty ? "" : hosts[index],
        address: addresses.isEmpty ? "" : addresses[index],
        port: ports.isEmpty ? "" : ports.count == 1 ? ports[0] : ports[index])
    }
  }

  private static func list(_ text: String?) -> [String] {
    guard let text, !text.isEmpty else { return [] }
    return text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
  }

  /// The servers with every name replaced by each of its addresses; blocks. The name stays beside
  /// it: certificates are checked against it.
  func resolvedServers() throws(PostgresFailure) -> [Server] {
    var resolved: [Server] = []
    var problem = "no host"
    for server in servers {
      guard server.needsResolution else {
        resolved.append(server)
        continue
      }
      do {
        let port = UInt16(server.port) ?? 5432
        for address in try SocketAddress.resolve(host: server.host, port: port) {
          resolved.append(Server(host: server.host, address: address.host, port: server.port))
        }
      } catch {
        problem = error.description
      }
    }
    if resolved.isEmpty { throw PostgresFailure(.noConnection, problem) }
    return resolved
  }

  /// Keywords and values for PQconnectStartParams.
  func keywords(servers: [Server]) -> [(String, String)] {
    var keywords = options.map { ($0.key, $0.value) }
    let lists = [
      ("host", servers.map(\.host)), ("hostaddr", servers.map(\.address)),
      ("port", servers.map(\.port)),
    ]
    for (key, values) in lists where values.contains(where: { !$0.isEmpty }) {
      keywords.append((key, values.joined(separator: ",")))
    }
    return keywords
  }
}

extension Duration {
  /// Whole milliseconds, at least one: to PostgreSQL zero means for ever.
  var milliseconds: Int64 { max(1, microseconds / 1_000) }
}

extension String {
  /// libpq's messages are lines; one goes into ours.
  var trimmedLine: String {
    split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}
