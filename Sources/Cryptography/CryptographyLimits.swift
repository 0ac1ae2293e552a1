/// Every bound of this layer.
package enum CryptographyLimits {
  /// What a stored scrypt string may ask for: log2 N, r and p.
  static let scryptLogN = 10...20
  static let scryptBlockSize = 1...16
  static let scryptParallelism = 1...8
  /// Memory that one scrypt may use, in bytes. N = 2^17, r = 8 needs 128 MiB and a little more.
  static let scryptMemoryBytes: UInt64 = 160 << 20
  /// Bytes of a stored scrypt string.
  static let scryptStringBytes = 256
  /// Bytes of a salt or of a hash that a stored string may hold.
  static let scryptFieldBytes = 16...64
  /// Bytes of a password: more is refused before any work is done.
  static let passwordBytes = 1_024
  /// Errors of OpenSSL's queue that go into one text.
  static let queuedErrors = 8
  /// Depth of a certificate chain.
  static let chainDepth: Int32 = 8
  /// Messages that TLS allows after its handshake which a session handles before they are taken
  /// note of.
  package static let postHandshakeMessages = 32
}
