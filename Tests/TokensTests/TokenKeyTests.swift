import Domain
import JWTKit
import Testing
import Tokens

@Suite struct TokenKeyTests {
  func failure(_ key: TokenKey) async -> TokenKeyError? {
    do throws(TokenKeyError) {
      _ = try await JWTSigner(key: key, digest: NamingDigest())
      return nil
    } catch {
      return error
    }
  }

  @Test func `a secret has at least 32 bytes`() async {
    let short = String(repeating: "s", count: 31)
    let error = await failure(.hs256(secret: short))
    #expect(error?.description.contains("32 bytes") == true)
    #expect(error?.description.contains(short) == false)
    #expect(await failure(.hs256(secret: short + "s")) == nil)
    #expect(await failure(.hs256(secret: "")) != nil)
  }

  @Test(
    arguments: [
      "", "nonsense", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
      ES256PrivateKey().publicKey.pemRepresentation, ES384PrivateKey().pemRepresentation,
    ])
  func `what is no P-256 private key is refused, and not shown`(pem: String) async {
    let error = await failure(.es256(privateKeyPEM: pem))
    #expect(error != nil)
    #expect(error?.description.contains("AAAA") == false)
  }

  @Test func `parameters ahead of the key, as openssl writes them, are passed over`() async throws {
    let key = ES256PrivateKey()
    let parameters = """
      -----BEGIN EC PARAMETERS-----
      BggqhkjOPQMBBw==
      -----END EC PARAMETERS-----

      """
    let plain = try await JWTSigner(
      key: .es256(privateKeyPEM: key.pemRepresentation), digest: NamingDigest())
    let prefixed = try await JWTSigner(
      key: .es256(privateKeyPEM: parameters + key.pemRepresentation), digest: NamingDigest())
    #expect(plain.keyID == prefixed.keyID)
  }

  @Test func `each key has a name of its own, the same at every start`() async throws {
    func name(_ key: TokenKey) async throws -> String {
      try await JWTSigner(key: key, digest: NamingDigest()).keyID
    }
    let pem = ES256PrivateKey().pemRepresentation
    let secret = String(repeating: "s", count: 32)
    let names = [
      try await name(.hs256(secret: secret)), try await name(.hs256(secret: secret + "t")),
      try await name(.es256(privateKeyPEM: pem)),
      try await name(.es256(privateKeyPEM: ES256PrivateKey().pemRepresentation)),
    ]
    #expect(Set(names).count == 4)
    #expect(try await name(.es256(privateKeyPEM: pem)) == names[2])
    #expect(names.allSatisfy { $0.count == 16 })
  }
}
