/// Secrets that people and programs carry: invite codes, API keys, agent tokens, refresh tokens.
/// Random bits in Crockford's base 32, whose letters cannot be taken for one another
/// (https://www.crockford.com/base32.html). Stores keep only their digest.
package enum SecretText {
  package static let apiKeyPrefix = "berth_key_"
  package static let agentTokenPrefix = "berth_agent_"
  package static let refreshTokenPrefix = "berth_refresh_"

  /// Letters of 128 bits: 26 times five, the first of which has only three.
  private static let letterCount = 26
  private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
  /// Where an invite code is cut for reading: 5-5-5-5-6.
  private static let groupLength = 5

  /// A key or token of 256 random bits.
  package static func token(prefix: String, random: some SecureRandom) -> String {
    prefix + letters(of: random.next()) + letters(of: random.next())
  }

  /// Whether a text has a token's form, so that nothing else is looked up.
  package static func isToken(_ text: String, prefix: String) -> Bool {
    let body = text.utf8.dropFirst(prefix.utf8.count)
    return text.hasPrefix(prefix) && body.count == 2 * letterCount
      && body.allSatisfy(alphabet.contains)
  }

  /// An invite code of 128 bits for people to pass on, for example `0R7XM-...`.
  package static func inviteCode(random: some SecureRandom) -> String {
    var text = ""
    for (index, letter) in letters(of: random.next()).enumerated() {
      if index > 0, index % groupLength == 0, index < letterCount - 1 { text += "-" }
      text.append(letter)
    }
    return text
  }

  /// What is digested of an invite code: capitals without hyphens, with I and L read as 1 and O as
  /// 0, as the alphabet's author has it. Nil if it cannot be a code.
  package static func canonicalInviteCode(_ text: String) -> String? {
    guard text.utf8.count <= DomainLimits.inviteCodeBytes else { return nil }
    var letters: [UInt8] = []
    for byte in text.utf8 where byte != UInt8(ascii: "-") {
      let isLowercase = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
      var letter = isLowercase ? byte - 0x20 : byte
      if letter == UInt8(ascii: "I") || letter == UInt8(ascii: "L") { letter = UInt8(ascii: "1") }
      if letter == UInt8(ascii: "O") { letter = UInt8(ascii: "0") }
      guard alphabet.contains(letter) else { return nil }
      letters.append(letter)
    }
    guard letters.count == letterCount else { return nil }
    return String(decoding: letters, as: UTF8.self)
  }

  private static func letters(of bits: UInt128) -> String {
    let letters = (0..<letterCount).map { index in
      alphabet[Int(truncatingIfNeeded: bits >> UInt128(5 * (letterCount - 1 - index))) & 31]
    }
    return String(decoding: letters, as: UTF8.self)
  }
}
