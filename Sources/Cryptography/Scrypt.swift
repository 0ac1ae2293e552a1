import COpenSSL

/// Password hashes by scrypt, stored as `$scrypt$ln=17,r=8,p=1$salt$hash` (PHC string format;
/// salt and hash in base64 without padding).
///
/// Cost follows OWASP's password storage cheat sheet: N = 2^17, r = 8, p = 1, which takes some
/// 0.3 s of CPU and 128 MiB. Run it on a `BlockingPool`, never on a loop.
package enum Scrypt {
  /// The cost of a hash.
  package struct Cost: Sendable, Equatable {
    package var logN: Int
    package var blockSize: Int
    package var parallelism: Int

    package init(logN: Int, blockSize: Int, parallelism: Int) {
      self.logN = logN
      self.blockSize = blockSize
      self.parallelism = parallelism
    }

    /// OWASP's recommendation.
    package static let recommended = Cost(logN: 17, blockSize: 8, parallelism: 1)

    /// Bytes that the computation needs: 128 N r for the table, 128 r p for the blocks, 256 r
    /// beside.
    var memoryBytes: UInt64 {
      let r = UInt64(blockSize)
      return (128 * r) << UInt64(logN) + 128 * r * UInt64(parallelism) + 256 * r + 1_024
    }

    /// Whether a stored string may ask for this much.
    var isWithinBounds: Bool {
      CryptographyLimits.scryptLogN.contains(logN)
        && CryptographyLimits.scryptBlockSize.contains(blockSize)
        && CryptographyLimits.scryptParallelism.contains(parallelism)
        && memoryBytes <= CryptographyLimits.scryptMemoryBytes
    }
  }

  /// Why a hash could not be made.
  package enum Failure: Error, Sendable, Equatable {
    /// Over 1,024 bytes.
    case passwordTooLong
    /// The cost is outside the bounds of this layer.
    case costOutOfBounds
    /// OpenSSL refused, for example for want of memory.
    case failed(TLSError)
  }

  private static let saltBytes = 16
  private static let hashBytes = 32

  /// A new hash under a salt of its own.
  package static func hash(
    password: String, cost: Cost = .recommended
  ) throws(Failure) -> String {
    let salt = secureRandomBytes(saltBytes)
    let hash = try derive(password: password, salt: salt, count: hashBytes, cost: cost)
    return StoredHash(cost: cost, salt: salt, hash: hash).description
  }

  /// Whether `password` is the one that `stored` was made from. False for a stored string that is
  /// malformed or asks for more than the bounds. Takes the same time wherever the first
  /// difference is.
  package static func verify(password: String, stored: String) -> Bool {
    guard let parsed = StoredHash(stored) else { return false }
    let hash = try? derive(
      password: password, salt: parsed.salt, count: parsed.hash.count, cost: parsed.cost)
    guard let hash else { return false }
    return constantTimeEqual(hash, parsed.hash)
  }

  /// Whether `stored` was made at another cost than `cost`, so that it should be made anew at the
  /// next successful sign-in.
  package static func needsRehash(_ stored: String, cost: Cost = .recommended) -> Bool {
    StoredHash(stored)?.cost != cost
  }

  /// The raw derivation, RFC 7914.
  package static func derive(
    password: String, salt: [UInt8], count: Int, cost: Cost
  ) throws(Failure) -> [UInt8] {
    guard password.utf8.count <= CryptographyLimits.passwordBytes else { throw .passwordTooLong }
    guard cost.isWithinBounds, (1...64).contains(count) else { throw .costOutOfBounds }
    ERR_clear_error()
    var password = password
    var key = [UInt8](repeating: 0, count: count)
    let result = password.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { characters in
        EVP_PBE_scrypt(
          characters.baseAddress, characters.count, salt, salt.count, 1 << UInt64(cost.logN),
          UInt64(cost.blockSize), UInt64(cost.parallelism), cost.memoryBytes, &key, key.count)
      }
    }
    guard result == 1 else { throw .failed(.queued("scrypt")) }
    return key
  }
}
