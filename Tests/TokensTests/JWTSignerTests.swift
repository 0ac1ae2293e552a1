import Domain
import JWTKit
import Testing
import Tokens

@Suite struct JWTSignerTests {
  static let secret = "0123456789abcdef0123456789abcdef"
  static let now = Instant(microseconds: 1_700_000_000_500_000)
  static let ada = UserID(0x0190_163d_8694_739b_aea5_966c_26f8_ad90)
  static let claims = AccessClaims(user: ada, issuedAt: now, expiresAt: now + .seconds(1_800))
  static let key = ES256PrivateKey()

  enum Kind: CaseIterable, Sendable {
    case hs256, es256
  }

  static func signer(_ kind: Kind, audience: String = "berth") async throws -> JWTSigner {
    let key: TokenKey =
      switch kind {
      case .hs256: .hs256(secret: secret)
      case .es256: .es256(privateKeyPEM: Self.key.pemRepresentation)
      }
    return try await JWTSigner(key: key, audience: audience, digest: NamingDigest())
  }

  /// Header and payload that the ES256 signer would accept, for forgers to start from.
  static func parts(
    _ signer: JWTSigner, algorithm: String
  ) -> (header: String, payload: String) {
    (
      #"{"alg":"\#(algorithm)","typ":"JWT","kid":"\#(signer.keyID)"}"#,
      #"{"iss":"berth","aud":"berth","sub":"\#(ada)","iat":1700000000,"exp":1700001800}"#
    )
  }

  static func expectRefused(
    _ token: String, by signer: JWTSigner, at now: Instant = now,
    _ location: SourceLocation = #_sourceLocation
  ) async {
    do throws(DomainError) {
      let claims = try await signer.verify(token, now: now)
      Issue.record("accepted: \(claims)", sourceLocation: location)
    } catch .unauthenticated {
    } catch {
      Issue.record("\(error)", sourceLocation: location)
    }
  }

  @Test(arguments: Kind.allCases)
  func `what was signed is read back, in whole seconds, rounded down`(kind: Kind) async throws {
    let signer = try await Self.signer(kind)
    let token = try await signer.sign(Self.claims)
    let read = try await signer.verify(token, now: Self.now)
    #expect(read.user == Self.ada)
    #expect(read.issuedAt == Instant(microseconds: 1_700_000_000_000_000))
    #expect(read.expiresAt == Instant(microseconds: 1_700_001_800_000_000))
  }

  @Test(arguments: Kind.allCases)
  func `a token says its algorithm, its key, its issuer and its audience`(kind: Kind) async throws {
    let signer = try await Self.signer(kind)
    let parts = try await signer.sign(Self.claims).split(separator: ".")
    #expect(parts.count == 3)
    let header = String(decoding: TokenForge.decode(parts[0]), as: UTF8.self)
    let payload = String(decoding: TokenForge.decode(parts[1]), as: UTF8.self)
    #expect(header.contains(kind == .hs256 ? #""alg":"HS256""# : #""alg":"ES256""#))
    #expect(header.contains(#""kid":"\#(signer.keyID)""#))
    for claim in [
      #""iss":"berth""#, #""aud":"berth""#, #""sub":"\#(Self.ada)""#, #""exp":1700001800"#,
      #""iat":1700000000"#,
    ] {
      #expect(payload.contains(claim), "\(payload)")
    }
  }

  @Test(arguments: Kind.allCases)
  func `a token holds until its end by the clock that is given, and no longer`(
    kind: Kind
  ) async throws {
    let signer = try await Self.signer(kind)
    let token = try await signer.sign(Self.claims)
    _ = try await signer.verify(token, now: Instant(microseconds: 1_700_001_799_999_999))
    for later in [1_700_001_800_000_000, 1_700_001_801_000_000, Int64.max] {
      await Self.expectRefused(token, by: signer, at: Instant(microseconds: later))
    }
  }

  @Test func `a token from a clock far ahead is refused, from one a little ahead is not`()
    async throws
  {
    let signer = try await Self.signer(.hs256)
    let token = try await signer.sign(Self.claims)
    _ = try await signer.verify(token, now: Self.now + .seconds(-59))
    await Self.expectRefused(token, by: signer, at: Self.now + .seconds(-120))
  }

  @Test(arguments: Kind.allCases)
  func `a token for another audience or of another issuer is refused`(kind: Kind) async throws {
    let signer = try await Self.signer(kind)
    let other = try await Self.signer(kind, audience: "other")
    await Self.expectRefused(try await other.sign(Self.claims), by: signer)
    let issuer = try await JWTSigner(
      key: .hs256(secret: Self.secret), issuer: "other", digest: NamingDigest())
    await Self.expectRefused(
      try await issuer.sign(Self.claims), by: try await Self.signer(.hs256))
  }

  @Test func `a token of another key is refused, also if it names ours`() async throws {
    let signer = try await Self.signer(.hs256)
    let (header, payload) = Self.parts(signer, algorithm: "HS256")
    let own = try await TokenForge.hs256(header: header, payload: payload, secret: Self.secret)
    _ = try await signer.verify(own, now: Self.now)
    let wrong = try await TokenForge.hs256(
      header: header, payload: payload, secret: "fedcba9876543210fedcba9876543210")
    await Self.expectRefused(wrong, by: signer)

    let es256 = try await Self.signer(.es256)
    let (otherHeader, otherPayload) = Self.parts(es256, algorithm: "ES256")
    let forged = try await TokenForge.es256(
      header: otherHeader, payload: otherPayload, key: ES256PrivateKey())
    await Self.expectRefused(forged, by: es256)
    let genuine = try await TokenForge.es256(
      header: otherHeader, payload: otherPayload, key: Self.key)
    _ = try await es256.verify(genuine, now: Self.now)
  }

  @Test func `a token that names another key is refused, though ours signed it`() async throws {
    let signer = try await Self.signer(.hs256)
    let (_, payload) = Self.parts(signer, algorithm: "HS256")
    for header in [
      #"{"alg":"HS256","kid":"other"}"#, #"{"alg":"HS256"}"#, #"{"alg":"HS256","kid":null}"#,
      #"{"alg":"HS256","kid":7}"#,
    ] {
      await Self.expectRefused(
        try await TokenForge.hs256(header: header, payload: payload, secret: Self.secret),
        by: signer)
    }
  }

  @Test(arguments: Kind.allCases, ["none", "None", "NONE", "nOnE", ""])
  func `a token without a signature is refused`(kind: Kind, algorithm: String) async throws {
    let signer = try await Self.signer(kind)
    let (header, payload) = Self.parts(signer, algorithm: algorithm)
    let text = TokenForge.unsigned(header: header, payload: payload)
    await Self.expectRefused(text + ".", by: signer)
    await Self.expectRefused(text + ".AAAA", by: signer)
    let honest = Self.parts(signer, algorithm: kind == .hs256 ? "HS256" : "ES256")
    await Self.expectRefused(
      TokenForge.unsigned(header: honest.header, payload: honest.payload) + ".", by: signer)
  }

  @Test func `the public key is no secret to sign with`() async throws {
    let signer = try await Self.signer(.es256)
    let publicKey = Self.key.publicKey.pemRepresentation
    for secret in [publicKey, publicKey + "\n"] {
      for algorithm in ["HS256", "ES256"] {
        let (header, payload) = Self.parts(signer, algorithm: algorithm)
        await Self.expectRefused(
          try await TokenForge.hs256(header: header, payload: payload, secret: secret),
          by: signer)
      }
    }
  }

  @Test func `another algorithm in the header is refused, though the signature is ours`()
    async throws
  {
    let signer = try await Self.signer(.hs256)
    for algorithm in ["HS384", "HS512", "ES256", "RS256", "hs256", "HS256 "] {
      let (header, payload) = Self.parts(signer, algorithm: algorithm)
      await Self.expectRefused(
        try await TokenForge.hs256(header: header, payload: payload, secret: Self.secret),
        by: signer)
    }
  }

  @Test func `a header that asks for what we do not know is refused`() async throws {
    let signer = try await Self.signer(.hs256)
    let (_, payload) = Self.parts(signer, algorithm: "HS256")
    for extra in [
      #""crit":["b64"],"b64":false"#, #""crit":[]"#, #""typ":"at+jwt""#,
    ] {
      let header = #"{"alg":"HS256","kid":"\#(signer.keyID)",\#(extra)}"#
      await Self.expectRefused(
        try await TokenForge.hs256(header: header, payload: payload, secret: Self.secret),
        by: signer)
    }
  }

  @Test(
    arguments: [
      "{}", "[]", "null", "7", #"{"iss":"berth","aud":"berth","iat":0,"exp":1e300,"sub":"x"}"#,
      #"{"iss":"berth","aud":"berth","sub":"ada","iat":1700000000,"exp":1700001800}"#,
      #"{"iss":"berth","aud":["berth"],"sub":"\#(ada)","iat":0,"exp":2000000000}"#,
      #"{"iss":"berth","aud":"berth","sub":"\#(ada)","iat":0,"exp":9223372036854775807}"#,
      #"{"iss":"berth","aud":"berth","sub":"\#(ada)","iat":-9223372036854775808,"exp":2000000000}"#,
      #"{"iss":"berth","aud":"berth","sub":"\#(ada)","iat":0}"#,
    ])
  func `claims that make no sense are refused, though the signature is ours`(
    payload: String
  ) async throws {
    let signer = try await Self.signer(.hs256)
    let (header, _) = Self.parts(signer, algorithm: "HS256")
    await Self.expectRefused(
      try await TokenForge.hs256(header: header, payload: payload, secret: Self.secret),
      by: signer)
  }

  @Test(arguments: ["", ".", "..", "...", "a.b.c", "e30.e30.e30", "\0.\0.\0", "🔑.🔑.🔑"])
  func `what is no token is refused`(text: String) async throws {
    await Self.expectRefused(text, by: try await Self.signer(.hs256))
    await Self.expectRefused(text, by: try await Self.signer(.es256))
  }

  /// Every byte of a token matters but for the unused bits at the end of its last letter.
  @Test(arguments: Kind.allCases, [UInt64.random(in: .min ... .max), 1])
  func `a token that was changed anywhere is refused`(kind: Kind, seed: UInt64) async throws {
    let signer = try await Self.signer(kind)
    let token = Array(try await signer.sign(Self.claims).utf8)
    var state = seed
    for _ in 0..<400 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let position = Int((state >> 33) % UInt64(token.count - 1))
      var changed = token
      changed[position] ^= 1 << UInt8((state >> 20) % 7)
      let text = String(decoding: changed, as: UTF8.self)
      do {
        _ = try await signer.verify(text, now: Self.now)
        // The last letter of the header or the payload may differ in bits that mean nothing: then
        // the signature, which is over the letters, does not hold either.
        Issue.record("seed \(seed): accepted with byte \(position) changed")
      } catch {}
    }
  }
}
