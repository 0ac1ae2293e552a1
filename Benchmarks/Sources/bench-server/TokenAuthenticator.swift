import Messages
import RPCServer
import Wire

/// Knows one token, as a cache of tokens would.
struct TokenAuthenticator: Authenticator {
  private let callers: [String: Caller]
  private static let kept = Duration.seconds(60)

  init(token: String) { callers = [token: Caller()] }

  private final class Caller: CallerIdentity {
    let callerName = "load"
  }

  func known(method: MethodDescriptor, bearer: String?) -> Known<any CallerIdentity> {
    guard let bearer, let caller = callers[bearer] else { return .unknown }
    return .value(caller, keep: Self.kept)
  }

  func authenticate(
    method: MethodDescriptor, bearer: String?
  ) async throws(RPCStatus) -> (any CallerIdentity)? {
    throw RPCStatus(.unauthenticated, "an unknown token")
  }
}
