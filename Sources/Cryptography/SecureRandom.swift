import COpenSSL

/// `count` bytes nobody can guess, from OpenSSL's generator, which the kernel seeds. Traps if
/// that has no entropy: no secret is better than one that can be guessed.
package func secureRandomBytes(_ count: Int) -> [UInt8] {
  precondition(count >= 0, "a negative number of random bytes")
  var bytes = [UInt8](repeating: 0, count: count)
  let result = RAND_bytes(&bytes, Int32(count))
  precondition(result == 1, "no entropy")
  return bytes
}

/// Whether two secrets are equal, in a time that depends on their length alone.
package func constantTimeEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
  guard a.count == b.count else { return false }
  return CRYPTO_memcmp(a, b, a.count) == 0
}
