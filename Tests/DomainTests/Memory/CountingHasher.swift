import Domain
import Synchronization

/// Hashes nothing, but salts and counts.
final class CountingHasher: PasswordHasher {
  struct Counts: Equatable {
    var hashes = 0
    var verifications = 0
  }

  private let counted = Mutex(Counts())
  private let failure = Mutex<DomainError?>(nil)

  var counts: Counts { counted.withLock { $0 } }
  func fail(with error: DomainError?) { failure.withLock { $0 = error } }

  func hash(_ password: String) async throws(DomainError) -> String {
    if let error = failure.withLock({ $0 }) { throw error }
    let salt = counted.withLock { counts in
      counts.hashes += 1
      return counts.hashes
    }
    return "plain$\(salt)$\(password)"
  }

  func verify(_ password: String, against hash: String) async throws(DomainError) -> Bool {
    if let error = failure.withLock({ $0 }) { throw error }
    counted.withLock { $0.verifications += 1 }
    let parts = hash.split(separator: "$", maxSplits: 2)
    return parts.count == 3 && parts[0] == "plain" && parts[2] == password
  }
}
