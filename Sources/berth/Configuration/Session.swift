import Foundation
import RPCClient

/// A channel to the server, as somebody. It ends when it is let go.
struct Session {
  let channel: Channel
  /// The options of calls that answer once.
  let call: CallOptions
  /// The options of streams that go on until they are ended.
  let endless = CallOptions()

  /// Where to connect and under which context's name to keep a login.
  struct Destination {
    let name: String
    var context: Context
  }

  /// The server to sign up or log in at; the context is named after the user unless --context names
  /// it.
  static func target(_ common: CommonOptions, username: String) throws -> Destination {
    let file = try ContextStore.standard().read()
    let name = common.context ?? username
    let known = file.contexts[name] ?? file.current.flatMap { file.contexts[$0] }
    var context = try resolved(common, known)
    context.username = username
    return Destination(name: name, context: context)
  }

  /// Without credentials.
  static func anonymous(_ common: CommonOptions, target: Destination) async throws -> Session {
    try await connect(target.context, common, credentials: nil)
  }

  /// As the context's user, or by --token-file. Throws with advice where there is no login.
  static func open(_ common: CommonOptions, requiresLogin: Bool = true) async throws -> Session {
    let (context, credentials) = try caller(common, requiresLogin: requiresLogin)
    return try await connect(context, common, credentials: credentials)
  }

  /// Several channels with a connection each, all as the same caller, who need not be logged in.
  static func open(_ common: CommonOptions, connections: Int) async throws -> [Session] {
    let (context, credentials) = try caller(common, requiresLogin: false)
    var sessions: [Session] = []
    for _ in 0..<connections {
      sessions.append(try await connect(context, common, credentials: credentials, connections: 1))
    }
    return sessions
  }

  /// The server, and who calls it.
  private static func caller(
    _ common: CommonOptions, requiresLogin: Bool
  ) throws -> (Context, (any CredentialsProvider)?) {
    let store = ContextStore.standard()
    let file = try store.read()
    let name = common.context ?? file.current
    if let asked = common.context, file.contexts[asked] == nil, tokenFile(common) == nil {
      throw Failure("there is no context \(asked): `berth login \(asked)` makes it", status: 77)
    }
    let known = name.flatMap { file.contexts[$0] }
    let context = try resolved(common, known)
    if let path = tokenFile(common) {
      return (context, FixedCredentials(try token(inFile: path)))
    }
    if let name, let known, let tokens = known.tokens, known.address == context.address {
      let store = ContextTokenStore(contexts: store, name: name)
      return (context, TokenSession(tokens: tokens, store: store))
    }
    guard !requiresLogin else {
      throw Failure(
        "not logged in at \(context.address): use `berth login NAME`, or --token-file", status: 77)
    }
    return (context, nil)
  }

  /// Keeps a login; its context becomes current.
  static func remember(_ login: LoginResponse, target: Destination) throws {
    guard let tokens = login.tokens else {
      throw Failure("the server answered the login without tokens", status: 70)
    }
    try ContextStore.standard().update { file in
      var context = target.context
      context.tokens = tokens
      file.contexts[target.name] = context
      file.current = target.name
    }
  }

  private static func connect(
    _ context: Context, _ common: CommonOptions, credentials: (any CredentialsProvider)?,
    connections: Int? = nil
  ) async throws -> Session {
    var options = ChannelOptions(
      trust: context.ca.map { .certificateAuthority(path: $0) } ?? .system,
      credentials: credentials, serverName: context.serverName)
    if let connections { options.connections = connections }
    if let tracing = CommandTracing.current { options.interceptors = [tracing.interceptor] }
    let channel = try await Channel.connect(to: context.address, options: options)
    return Session(
      channel: channel, call: CallOptions(deadline: .milliseconds(Int64(common.timeout * 1_000))))
  }

  /// Options over the environment over the context.
  private static func resolved(_ common: CommonOptions, _ known: Context?) throws -> Context {
    let environment = ProcessInfo.processInfo.environment
    func value(_ name: String) -> String? {
      environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
    guard let address = common.address ?? value("BERTH_ADDRESS") ?? known?.address else {
      throw Failure(
        "no server named: give --address HOST:PORT or set BERTH_ADDRESS", status: 64)
    }
    let ca = common.ca ?? value("BERTH_CA") ?? known?.ca
    if let ca, !FileManager.default.isReadableFile(atPath: ca) {
      throw Failure("cannot read the CA file \(ca)", status: 64)
    }
    return Context(
      address: address,
      // Kept as an absolute path: the next command may run in another folder.
      ca: ca.map { URL(filePath: $0).standardizedFileURL.path },
      serverName: common.serverName ?? known?.serverName, username: known?.username,
      accessToken: nil, accessExpiresAt: nil, refreshToken: nil)
  }

  private static func tokenFile(_ common: CommonOptions) -> String? {
    if let path = common.tokenFile { return path }
    // A context that is asked for by name wins over the environment.
    guard common.context == nil, let path = ProcessInfo.processInfo.environment["BERTH_TOKEN_FILE"]
    else { return nil }
    return path.isEmpty ? nil : path
  }

  private static func token(inFile path: String) throws -> String {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw Failure("cannot read the token file \(path)", status: 64)
    }
    let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard !token.isEmpty else { throw Failure("the token file \(path) is empty", status: 64) }
    return token
  }
}
