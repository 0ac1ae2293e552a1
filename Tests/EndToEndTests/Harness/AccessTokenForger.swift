import Foundation
import TestSupport
import Testing

/// Makes HS256 access tokens with OpenSSL's program, beside the server's own code.
struct AccessTokenForger {
  let secret: String

  static func claims(of token: String) throws -> [String: Any] {
    let parts = token.split(separator: ".")
    let payload = try #require(parts.count == 3 ? decoded(parts[1]) : nil)
    return try #require(try JSONSerialization.jsonObject(with: payload) as? [String: Any])
  }

  /// A token with the same claims, whose times lie `seconds` later.
  func token(like token: String, shiftedBy seconds: Double) async throws -> String {
    var claims = try Self.claims(of: token)
    for name in ["iat", "exp", "nbf"] {
      if let time = claims[name] as? Double { claims[name] = time + seconds }
    }
    let header = token.split(separator: ".")[0]
    let payload = try JSONSerialization.data(withJSONObject: claims)
    let signed = "\(header).\(Self.encoded(payload))"
    let outcome = try await ChildProcess.run(
      "/usr/bin/openssl", ["dgst", "-sha256", "-hmac", secret, "-r"], input: signed)
    let digits = Array(outcome.standardOutput.prefix(64).utf8)
    let signature = stride(from: 0, to: digits.count - 1, by: 2).compactMap {
      UInt8(String(decoding: digits[$0...($0 + 1)], as: UTF8.self), radix: 16)
    }
    try #require(signature.count == 32, "\(outcome)")
    return "\(signed).\(Self.encoded(Data(signature)))"
  }

  private static func encoded(_ data: Data) -> String {
    data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
      .replacing("=", with: "")
  }

  private static func decoded(_ text: Substring) -> Data? {
    var text = text.replacing("-", with: "+").replacing("_", with: "/")
    while text.count % 4 != 0 { text += "=" }
    return Data(base64Encoded: String(text))
  }
}
