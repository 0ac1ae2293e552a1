import Cryptography
import Testing

@Suite struct ScryptTests {
  static let cheap = Scrypt.Cost(logN: 10, blockSize: 8, parallelism: 1)

  @Test func `the derivation is RFC 7914's`() throws {
    // With p = 8: the RFC's p = 16 is past our bound. The bytes are from another implementation's
    // caller, Python's hashlib.scrypt.
    let second = try Scrypt.derive(
      password: "password", salt: Array("NaCl".utf8), count: 64,
      cost: Scrypt.Cost(logN: 10, blockSize: 8, parallelism: 8))
    let expected =
      "569b8bdbd0da0123f6e3ebff86d05cfbcea9f7349e22ef5d70edb94ae11abc20"
      + "84fa51ea0caaf67a7e82d14551cdcca475fd040049dcf5a74bfb3096fa30d553"
    #expect(Hex.encode(second) == expected)
    // The third vector of section 12.
    let third = try Scrypt.derive(
      password: "pleaseletmein", salt: Array("SodiumChloride".utf8), count: 64,
      cost: Scrypt.Cost(logN: 14, blockSize: 8, parallelism: 1))
    let golden =
      "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
      + "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
    #expect(Hex.encode(third) == golden)
  }

  @Test func `a hash verifies with its password and with no other`() throws {
    let stored = try Scrypt.hash(password: "correct horse", cost: Self.cheap)
    #expect(Scrypt.verify(password: "correct horse", stored: stored))
    #expect(!Scrypt.verify(password: "correct horsf", stored: stored))
    #expect(!Scrypt.verify(password: "", stored: stored))
  }

  @Test func `the default is OWASP's cost in PHC form, with a salt each`() throws {
    let first = try Scrypt.hash(password: "same")
    let second = try Scrypt.hash(password: "same")
    #expect(first.hasPrefix("$scrypt$ln=17,r=8,p=1$"))
    #expect(first != second)
    #expect(first.split(separator: "$")[2].utf8.count == 22)
    #expect(first.split(separator: "$")[3].utf8.count == 43)
    #expect(Scrypt.verify(password: "same", stored: first))
    #expect(!Scrypt.needsRehash(first))
    let cheap = try Scrypt.hash(password: "same", cost: Self.cheap)
    #expect(Scrypt.needsRehash(cheap))
    #expect(Scrypt.needsRehash("nonsense"))
  }

  static let hostile = [
    "", "$", "$scrypt$", "$argon2id$ln=17,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA",
    "$scrypt$ln=31,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$\(hash)",
    "$scrypt$ln=20,r=16,p=8$AAAAAAAAAAAAAAAAAAAAAA$\(hash)",
    "$scrypt$ln=18,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$\(hash)",
    "$scrypt$ln=-1,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$\(hash)",
    "$scrypt$ln=10,r=0,p=1$AAAAAAAAAAAAAAAAAAAAAA$\(hash)",
    "$scrypt$ln=10,r=99999999999999999999,p=1$AAAAAAAAAAAAAAAAAAAAAA$\(hash)",
    "$scrypt$ln=010,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$\(hash)",
    "$scrypt$ln=10,r=8,p=1$AAAA$\(hash)", "$scrypt$ln=10,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA",
    "$scrypt$ln=10,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$\(hash)$x",
    "$scrypt$ln=10,r=8,p=1$!AAAAAAAAAAAAAAAAAAAAA$\(hash)",
    "$scrypt$ln=10,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$" + String(repeating: "A", count: 100_000),
  ]
  static let hash = String(repeating: "A", count: 43)

  @Test(arguments: hostile)
  func `a stored string that is malformed or asks for too much never verifies`(_ stored: String) {
    #expect(!Scrypt.verify(password: "x", stored: stored))
  }

  @Test func `what is over a bound is refused before any work`() {
    #expect(throws: Scrypt.Failure.passwordTooLong) {
      try Scrypt.hash(password: String(repeating: "a", count: 1_025), cost: Self.cheap)
    }
    #expect(throws: Scrypt.Failure.costOutOfBounds) {
      try Scrypt.hash(password: "a", cost: Scrypt.Cost(logN: 20, blockSize: 8, parallelism: 1))
    }
  }
}
