import Domain

/// Four differently seeded FNV-1a hashes: 32 bytes that do not show the secret.
struct FoldingDigest: SecretDigest {
  func digest(_ secret: String) -> [UInt8] {
    (0..<4).flatMap { lane -> [UInt8] in
      var hash: UInt64 = 0xcbf2_9ce4_8422_2325 &+ UInt64(lane) &* 0x9e37_79b9_7f4a_7c15
      for byte in secret.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
      return (0..<8).map { UInt8(truncatingIfNeeded: hash >> UInt64(8 * $0)) }
    }
  }
}
