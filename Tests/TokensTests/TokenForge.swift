import Domain
import FoundationEssentials
import JWTKit

/// Makes tokens that no honest signer would.
struct TokenForge {
  /// Base64url without padding (RFC 7515 section 2).
  static func base64URL(_ bytes: some Collection<UInt8>) -> String {
    let base64 = Data(bytes).base64EncodedString().utf8.filter { $0 != UInt8(ascii: "=") }
    return String(decoding: base64.map { swap($0, ["+": "-", "/": "_"]) }, as: UTF8.self)
  }

  /// The bytes of one part of a token.
  static func decode(_ part: some StringProtocol) -> [UInt8] {
    var base64 = part.utf8.map { swap($0, ["-": "+", "_": "/"]) }
    while base64.count % 4 != 0 { base64.append(UInt8(ascii: "=")) }
    return Array(Data(base64Encoded: Data(base64)) ?? Data())
  }

  private static func swap(_ byte: UInt8, _ letters: [Unicode.Scalar: Unicode.Scalar]) -> UInt8 {
    letters[Unicode.Scalar(byte)].map(UInt8.init(ascii:)) ?? byte
  }

  static func unsigned(header: String, payload: String) -> String {
    "\(base64URL(header.utf8)).\(base64URL(payload.utf8))"
  }

  /// Signed by HMAC-SHA-256 whatever the header says.
  static func hs256(header: String, payload: String, secret: String) async throws -> String {
    let keys = JWTKeyCollection()
    await keys.add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256)
    let text = unsigned(header: header, payload: payload)
    let signature = try await keys.getKey().sign(Array(text.utf8))
    return "\(text).\(base64URL(signature))"
  }

  /// Signed by ECDSA on P-256 whatever the header says.
  static func es256(header: String, payload: String, key: ES256PrivateKey) async throws -> String {
    let keys = JWTKeyCollection()
    await keys.add(ecdsa: key)
    let text = unsigned(header: header, payload: payload)
    let signature = try await keys.getKey().sign(Array(text.utf8))
    return "\(text).\(base64URL(signature))"
  }
}
