import Cryptography
import Testing

@Suite struct EncodingTests {
  /// RFC 4648, section 10, without padding.
  @Test(arguments: [
    ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"),
    ("fooba", "Zm9vYmE"), ("foobar", "Zm9vYmFy"),
  ])
  func `base64 is RFC 4648's without padding`(_ plain: String, _ encoded: String) {
    #expect(Base64.encode(Array(plain.utf8)) == encoded)
    #expect(Base64.decode(encoded) == Array(plain.utf8))
  }

  @Test func `the two alphabets differ in two characters`() {
    #expect(Base64.encode([0xfb, 0xff]) == "+/8")
    #expect(Base64.encode([0xfb, 0xff], .url) == "-_8")
    #expect(Base64.decode("-_8", .url) == [0xfb, 0xff])
    #expect(Base64.decode("-_8") == nil)
    #expect(Base64.decode("+/8", .url) == nil)
  }

  @Test(arguments: ["A", "AAAAA", "Zg==", "Zh", "Zm9", "é", "Z g"])
  func `base64 that no encoder writes is refused`(_ text: String) {
    #expect(Base64.decode(text) == nil)
  }

  @Test func `hex goes both ways and refuses the rest`() {
    #expect(Hex.encode([0, 0xab, 0xff]) == "00abff")
    #expect(Hex.decode("00ABff") == [0, 0xab, 0xff])
    #expect(Hex.decode("0") == nil)
    #expect(Hex.decode("0g") == nil)
  }

  @Test func `random bytes come back through each encoding`() {
    for count in 0..<70 {
      let bytes = secureRandomBytes(count)
      #expect(bytes.count == count)
      #expect(Hex.decode(Hex.encode(bytes)) == bytes)
      #expect(Base64.decode(Base64.encode(bytes)) == bytes)
      #expect(Base64.decode(Base64.encode(bytes, .url), .url) == bytes)
    }
    #expect(secureRandomBytes(32) != secureRandomBytes(32))
  }

  @Test func `SHA-256 is FIPS 180-4's`() {
    #expect(
      Hex.encode(SHA256.hash("abc"))
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      Hex.encode(SHA256.hash([]))
        == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
  }

  @Test func `secrets compare by content`() {
    #expect(constantTimeEqual([1, 2, 3], [1, 2, 3]))
    #expect(!constantTimeEqual([1, 2, 3], [1, 2, 4]))
    #expect(!constantTimeEqual([1, 2, 3], [1, 2]))
    #expect(constantTimeEqual([], []))
  }
}
