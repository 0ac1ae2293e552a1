import Messages
import RPCServer
import Wire

/// Knows nobody without asking, and refuses every token but `good`.
struct SlowRefusal: Authenticator {
  private final class Caller: CallerIdentity {
    let callerName = "good"
  }

  func authenticate(
    method: MethodDescriptor, bearer: String?
  ) async throws(RPCStatus) -> (any CallerIdentity)? {
    guard bearer == "good" else { throw RPCStatus(.unauthenticated, "an unknown token") }
    return Caller()
  }
}
