import Domain
import Messages
import RPCServer
import Synchronization
import Wire

/// Knows some tokens: `known` at once, `slow` only after waiting; everything else is refused.
struct StubAuthenticator: Authenticator {
  let known: Set<String>
  let slow: Set<String>
  let asked = Counter()

  func knownGrant(method: MethodDescriptor, bearer: String?) -> AccessGrant? {
    guard let bearer, known.contains(bearer) else { return nil }
    return try? grant(method.path, bearer)
  }

  func authorize(
    method: String, bearer: String?
  ) async throws(RPCStatus) -> AccessGrant {
    asked.increment()
    await Task.yield()
    guard let bearer, slow.contains(bearer) else {
      throw RPCStatus(.unauthenticated, "who is \(bearer ?? "nobody")?")
    }
    do throws(DomainError) {
      return try grant(method, bearer)
    } catch {
      throw RPCStatus(mapping: error)
    }
  }

  private func grant(_ method: String, _ name: String) throws(DomainError) -> AccessGrant {
    let principal = Principal(
      identity: .user(UserID(7)), name: name, isSuperAdmin: false)
    return try AccessGrant(method: method, rule: .authenticated, principal: principal)
  }
}
