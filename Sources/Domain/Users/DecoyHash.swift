import Synchronization

/// A hash that no password is known to match. Made once, by the first login, known user or not;
/// from then on a login of an unknown user is checked against it, and costs what any other does.
package final class DecoyHash: Sendable {
  private let hash = Mutex<String?>(nil)

  func value(
    hasher: any PasswordHasher, random: any SecureRandom
  ) async throws(DomainError) -> String {
    if let hash = hash.withLock({ $0 }) { return hash }
    let made = try await hasher.hash(SecretText.token(prefix: "", random: random))
    hash.withLock { $0 = made }
    return made
  }
}
