import Cryptography

extension Connection {
  /// When a byte of the peer last came, on the loop's clock.
  package var lastHeardNanoseconds: UInt64 { lastReadNanoseconds }

  /// The cipher suite of TLS, for example `TLS_AES_256_GCM_SHA384`; nil before the handshake has
  /// ended.
  package var cipher: String? { isEstablished ? session.cipher : nil }
}
