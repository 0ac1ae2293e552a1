import ArgumentParser

/// How results are printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case table, json
}

/// The options of every command that talks to a server.
struct CommonOptions: ParsableArguments {
  @Option(name: [.short, .long], help: "How to print results.")
  var output: OutputFormat = .table

  @Option(help: "The context (server and login) to use. Default: the current one.")
  var context: String?

  @Option(
    help: """
      The server, HOST:PORT; several that are alike with commas between. Default: BERTH_ADDRESS, \
      else the context's.
      """)
  var address: String?

  @Option(help: "The PEM file of the CA to trust. Default: BERTH_CA, else the context's.")
  var ca: String?

  @Option(help: "The name that the server's certificate must have. Default: the address's host.")
  var serverName: String?

  @Option(
    help: """
      Call with the token in this file (an API key, or the SuperAdmin's) instead of the context's \
      login. Default: BERTH_TOKEN_FILE.
      """)
  var tokenFile: String?

  @Option(help: "Seconds to wait for an answer.")
  var timeout: Double = 30

  func validate() throws {
    guard timeout > 0, timeout <= 86_400 else {
      throw ValidationError("--timeout must be more than 0 and at most 86400 seconds.")
    }
  }
}
