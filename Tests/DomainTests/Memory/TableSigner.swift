import Domain
import Synchronization

/// Tokens by a table: a token is only a number.
final class TableSigner: TokenSigner {
  private let table = Mutex<[String: AccessClaims]>([:])

  func sign(_ claims: AccessClaims) async throws(DomainError) -> String {
    table.withLock { table in
      let token = "jwt.\(table.count)"
      table[token] = claims
      return token
    }
  }

  func verify(_ token: String, now: Instant) async throws(DomainError) -> AccessClaims {
    guard let claims = table.withLock({ $0[token] }), claims.expiresAt > now else {
      throw .unauthenticated("not a token of this signer")
    }
    return claims
  }
}
