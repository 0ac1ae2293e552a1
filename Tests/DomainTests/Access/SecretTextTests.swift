import Domain
import Testing

@Suite struct SecretTextTests {
  /// Gives one number for ever.
  struct Constant: SecureRandom {
    let value: UInt128
    func next() -> UInt128 { value }
  }

  @Test func `an invite code is 128 bits in a readable alphabet, in groups`() {
    #expect(SecretText.inviteCode(random: Constant(value: 0)) == "00000-00000-00000-00000-000000")
    #expect(
      SecretText.inviteCode(random: Constant(value: .max)) == "7ZZZZ-ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZZ")
    #expect(
      SecretText.inviteCode(random: Constant(value: 32 * 32 + 31))
        == "00000-00000-00000-00000-00010Z")
  }

  @Test func `different numbers have different codes`() {
    let random = SeededRandom(seed: 3)
    let codes = Set((0..<1_000).map { _ in SecretText.inviteCode(random: random) })
    #expect(codes.count == 1_000)
    // Every single bit matters.
    let bits = Set((0..<128).map { SecretText.inviteCode(random: Constant(value: 1 << $0)) })
    #expect(bits.count == 128)
  }

  @Test func `a code is read however people write it`() {
    let random = SeededRandom(seed: 4)
    for _ in 0..<100 {
      let code = SecretText.inviteCode(random: random)
      let canonical = SecretText.canonicalInviteCode(code)
      #expect(canonical?.count == 26)
      let loose = code.lowercased().replacing("0", with: "o").replacing("1", with: "l")
      #expect(SecretText.canonicalInviteCode(loose) == canonical)
      #expect(SecretText.canonicalInviteCode(code.replacing("-", with: "")) == canonical)
    }
  }

  @Test(
    arguments: [
      "", "-", "ABC", String(repeating: "0", count: 25), String(repeating: "0", count: 27),
      String(repeating: "U", count: 26), " " + String(repeating: "0", count: 26),
      String(repeating: "0", count: 25) + "\u{e9}", String(repeating: "-", count: 1_000_000),
    ])
  func `what cannot be a code is not one`(text: String) {
    #expect(SecretText.canonicalInviteCode(text) == nil)
  }

  @Test func `a token has 256 bits behind its prefix, and only its form is one`() {
    let token = SecretText.token(prefix: "berth_key_", random: SeededRandom(seed: 5))
    #expect(token.utf8.count == 10 + 52)
    #expect(SecretText.isToken(token, prefix: "berth_key_"))
    for other in [
      String(token.dropLast()), token + "0", token.lowercased(), "", "berth_key_",
      token.replacing("berth_key_", with: "berth_agent_"),
    ] {
      #expect(!SecretText.isToken(other, prefix: "berth_key_"), "\(other)")
    }
  }
}
