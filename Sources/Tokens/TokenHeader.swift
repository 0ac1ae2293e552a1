import FoundationEssentials

/// The part of a token's header that is looked at before any key is touched.
struct TokenHeader: Decodable {
  let alg: String
  let kid: String
  let typ: String?
  /// Extensions that a reader must understand (RFC 7515 section 4.1.11): none is.
  let crit: [String]?

  /// Of a token in three parts; nil for anything that is no header.
  init?(of token: String) {
    let parts = token.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 3 else { return nil }
    var base64 = parts[0].map { byte in
      switch byte {
      case UInt8(ascii: "-"): UInt8(ascii: "+")
      case UInt8(ascii: "_"): UInt8(ascii: "/")
      default: byte
      }
    }
    while base64.count % 4 != 0 { base64.append(UInt8(ascii: "=")) }
    guard let json = Data(base64Encoded: Data(base64)),
      let header = try? JSONDecoder().decode(TokenHeader.self, from: json)
    else { return nil }
    self = header
  }
}
