import ArgumentParser

/// The options as given; what is missing comes from the environment.
struct ConsoleArguments: ParsableArguments {
  @Option(
    help: "The server: host:port; of several replicas every one, by commas. [BERTH_ADDRESS]")
  var address: String?

  @Option(help: "The authority that signed the server's certificate: a PEM file. [BERTH_CA]")
  var ca: String?

  @Option(
    help: "Where the console listens: host:port. [BERTH_CONSOLE_LISTEN; 127.0.0.1:8443]")
  var listen: String?

  @Option(
    help: "The console's certificate with its chain: a PEM file. [BERTH_CONSOLE_TLS_CERTIFICATE]")
  var tlsCertificate: String?

  @Option(help: "The certificate's key: a PEM file. [BERTH_CONSOLE_TLS_KEY]")
  var tlsKey: String?

  @Option(
    help: """
      The file with the token by which the console asks for metrics and the scheduler's state: an \
      administrator's. Without it both are refused. [BERTH_CONSOLE_TOKEN_FILE; \
      BERTH_ADMIN_TOKEN_FILE]
      """)
  var tokenFile: String?

  @Option(
    help: """
      The file with the token that a scrape of /metrics shows: a word of your own choice. Without \
      it only this machine may scrape, and with --plaintext nobody. \
      [BERTH_CONSOLE_METRICS_TOKEN_FILE]
      """)
  var metricsTokenFile: String?

  @Flag(
    help: """
      Serve plain HTTP: behind a proxy that ends TLS. Cookies are for https alone all the same.
      """)
  var plaintext = false

  @Option(help: "trace, debug, info, notice, warning, error or critical. [BERTH_LOG_LEVEL; info]")
  var logLevel: String?
}
