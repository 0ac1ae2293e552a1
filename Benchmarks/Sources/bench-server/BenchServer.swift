import BenchMessages
import Glibc
import Logging
import RPCServer
import Wire

/// What `make bench-rpc` measures: a server of the library, with every interceptor that a server
/// of Berth has.
///
/// `bench-server PORT`; PEER_CERT and PEER_KEY name PEM files, LOAD_TOKEN is the token that it
/// accepts. One loop. Ends when it is told to.
@main
enum BenchServer {
  private static let descriptors: rlim_t = 20_000
  private static let connections = 16_384
  private static let usageStatus: Int32 = 64

  static func main() {
    guard CommandLine.arguments.count == 2, let port = UInt16(CommandLine.arguments[1]),
      let certificate = value("PEER_CERT"), let key = value("PEER_KEY"),
      let token = value("LOAD_TOKEN")
    else {
      print("usage: PEER_CERT=FILE PEER_KEY=FILE LOAD_TOKEN=TOKEN bench-server PORT")
      exit(usageStatus)
    }
    signal(SIGPIPE, SIG_IGN)
    var limit = rlimit(rlim_cur: descriptors, rlim_max: descriptors)
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    var configuration = RPCServer.Configuration(
      port: port, identity: ServerIdentity(certificatePath: certificate, privateKeyPath: key))
    configuration.loops = 1
    configuration.maximumConnections = connections
    // All load comes from one.
    configuration.maximumConnectionsPerAddress = connections
    var router = Router()
    BenchService().register(in: &router)
    let logger = Logger(label: "bench-server")
    var interceptors = StandardInterceptors(logger: logger)
    interceptors.authentication = Authentication(TokenAuthenticator(token: token))
    interceptors.authorization = Authorization(MethodAuthorizer(BenchMethods.descriptor))
    let server = RPCServer(
      configuration: configuration, router: router, interceptors: interceptors.chain,
      logger: logger)
    // The main thread takes no part: one that ends is more than some profilers bear.
    let serving = Task.detached {
      do { try await server.start() } catch { fatalError("\(error)") }
    }
    withExtendedLifetime((server, serving)) { while true { pause() } }
  }

  private static func value(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
