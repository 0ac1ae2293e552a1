import Messages
import RPCServer
import Synchronization
@_spi(Frames) import Wire

/// A caller with a name.
final class NamedCaller: CallerIdentity {
  let callerName: String

  init(_ name: String) { callerName = name }
}

/// Knows some tokens: `known` at once, `slow` only after waiting; everything else is refused.
struct StubAuthenticator: Authenticator {
  let known: Set<String>
  let slow: Set<String>
  let asked = Counter()

  func known(method: MethodDescriptor, bearer: String?) -> Known<any CallerIdentity> {
    guard let bearer, known.contains(bearer) else { return .unknown }
    return .value(NamedCaller(bearer), keep: .zero)
  }

  func authenticate(
    method: MethodDescriptor, bearer: String?
  ) async throws(RPCStatus) -> (any CallerIdentity)? {
    asked.increment()
    await Task.yield()
    guard let bearer, slow.contains(bearer) else {
      throw RPCStatus(.unauthenticated, "who is \(bearer ?? "nobody")?")
    }
    return NamedCaller(bearer)
  }
}
