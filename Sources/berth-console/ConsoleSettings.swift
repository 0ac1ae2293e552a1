import Foundation
import Logging

/// What the console runs by: options first, then the environment, then defaults.
struct ConsoleSettings {
  /// PEM files.
  struct TLS {
    let certificate: String
    let key: String
  }

  let address: String
  let authority: String?
  let host: String
  let port: Int
  /// Nil: plain HTTP.
  let tls: TLS?
  /// Nil: no metrics.
  let tokenFile: String?
  /// What a scrape shows; nil: only this machine may scrape.
  let metricsTokenFile: String?
  let logLevel: Logger.Level

  /// Throws what is missing or wrong, naming the option and the variable.
  init(
    _ arguments: ConsoleArguments, environment: [String: String]
  ) throws(ConsoleSettingsError) {
    let source = Source(environment: environment)
    guard let address = source.text(arguments.address, "BERTH_ADDRESS") else {
      throw ConsoleSettingsError("the server's address is missing: --address or BERTH_ADDRESS")
    }
    self.address = address
    authority = try source.file(arguments.ca, "--ca", "BERTH_CA")
    let listen = source.text(arguments.listen, "BERTH_CONSOLE_LISTEN") ?? "127.0.0.1:8443"
    (host, port) = try Self.hostAndPort(listen)
    tls = arguments.plaintext ? nil : try Self.tls(arguments, source)
    let ownToken = try source.file(
      arguments.tokenFile, "--token-file", "BERTH_CONSOLE_TOKEN_FILE")
    let adminToken = try source.file(nil, "--token-file", "BERTH_ADMIN_TOKEN_FILE")
    tokenFile = ownToken ?? adminToken
    metricsTokenFile = try source.file(
      arguments.metricsTokenFile, "--metrics-token-file", "BERTH_CONSOLE_METRICS_TOKEN_FILE")
    let level = source.text(arguments.logLevel, "BERTH_LOG_LEVEL") ?? "info"
    guard let logLevel = Logger.Level(rawValue: level) else {
      let choices = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
      throw ConsoleSettingsError(
        "--log-level (BERTH_LOG_LEVEL) is \"\(level)\"; expected one of \(choices)")
    }
    self.logLevel = logLevel
  }

  private static func tls(
    _ arguments: ConsoleArguments, _ source: Source
  ) throws(ConsoleSettingsError) -> TLS {
    guard
      let certificate = try source.file(
        arguments.tlsCertificate, "--tls-certificate", "BERTH_CONSOLE_TLS_CERTIFICATE"),
      let key = try source.file(arguments.tlsKey, "--tls-key", "BERTH_CONSOLE_TLS_KEY")
    else {
      throw ConsoleSettingsError(
        "the console's certificate is missing: --tls-certificate and --tls-key"
          + " (BERTH_CONSOLE_TLS_CERTIFICATE, BERTH_CONSOLE_TLS_KEY), or --plaintext behind a proxy"
      )
    }
    return TLS(certificate: certificate, key: key)
  }

  private static func hostAndPort(
    _ text: String
  ) throws(ConsoleSettingsError) -> (String, Int) {
    guard let colon = text.lastIndex(of: ":"), colon != text.startIndex,
      let port = Int(text[text.index(after: colon)...]), (0...65_535).contains(port)
    else {
      throw ConsoleSettingsError(
        "--listen (BERTH_CONSOLE_LISTEN) is \"\(text)\"; expected host:port")
    }
    return (text[..<colon].trimmingCharacters(in: ["[", "]"]), port)
  }

  /// Where a setting comes from.
  private struct Source {
    let environment: [String: String]

    /// An empty text counts as not given.
    func text(_ option: String?, _ variable: String) -> String? {
      for text in [option, environment[variable]] {
        if let text, !text.isEmpty { return text }
      }
      return nil
    }

    func file(
      _ option: String?, _ name: String, _ variable: String
    ) throws(ConsoleSettingsError) -> String? {
      guard let path = text(option, variable) else { return nil }
      guard FileManager.default.isReadableFile(atPath: path) else {
        throw ConsoleSettingsError("the file \(path) cannot be read (\(name), \(variable))")
      }
      return path
    }
  }
}
