import Domain
import Testing

@Suite struct LoginTests {
  let platform = Platform()

  @Test func `a login gives tokens that hold as long as they say`() async throws {
    let platform = Platform(
      lifetimes: TokenLifetimes(access: .seconds(90), refresh: .seconds(600)))
    _ = try await platform.person("ada")
    let login = try await platform.users.login(username: "ada", password: Platform.password)
    let now = platform.clock.now()
    #expect(login.tokens.accessExpiresAt == now + .seconds(90))
    #expect(login.tokens.refreshExpiresAt == now + .seconds(600))
    #expect(try await platform.access.authenticate(bearer: login.tokens.accessToken) != nil)
    // A refresh token is no bearer token.
    let error = await failure {
      try await platform.access.authenticate(bearer: login.tokens.refreshToken)
    }
    #expect(error?.isUnauthenticated == true)
  }

  @Test func `an unknown user and a wrong password are told alike and cost alike`() async throws {
    _ = try await platform.person("ada")
    let before = platform.hasher.counts
    let wrong = await failure {
      try await platform.users.login(username: "ada", password: "not the password")
    }
    let between = platform.hasher.counts
    let unknown = await failure {
      try await platform.users.login(username: "nobody", password: "not the password")
    }
    let after = platform.hasher.counts
    #expect(wrong?.isUnauthenticated == true)
    #expect(wrong == unknown)
    #expect(between.verifications - before.verifications == 1)
    #expect(after.verifications - between.verifications == 1)
    #expect(between.hashes == before.hashes && after.hashes == between.hashes)
  }

  @Test func `the very first login of an unknown user costs what that of a known one does`()
    async throws
  {
    func cost(of username: String) async throws -> CountingHasher.Counts {
      let platform = Platform()
      _ = try await platform.users.create(
        username: "ada", displayName: "", password: Platform.password)
      let before = platform.hasher.counts
      _ = await failure {
        try await platform.users.login(username: username, password: "not the password")
      }
      let after = platform.hasher.counts
      return CountingHasher.Counts(
        hashes: after.hashes - before.hashes,
        verifications: after.verifications - before.verifications)
    }
    #expect(try await cost(of: "ada") == (try await cost(of: "nobody")))
  }

  @Test func `a login without a name or password, or with an endless one, is refused by field`()
    async
  {
    #expect(
      await refusedFields { try await platform.users.login(username: "", password: "") }
        == ["username", "password"])
    let long = String(repeating: "x", count: 10_000)
    #expect(
      await refusedFields { try await platform.users.login(username: long, password: long) }
        == ["username", "password"])
    #expect(platform.hasher.counts.verifications == 0)
  }

  @Test func `after ten failures a username waits, known or not, until the window is over`()
    async throws
  {
    _ = try await platform.person("ada")
    for username in ["ada", "nobody"] {
      for _ in 0..<DomainLimits.loginFailures {
        let error = await failure {
          try await platform.users.login(username: username, password: "not the password")
        }
        #expect(error?.isUnauthenticated == true)
      }
      let verifications = platform.hasher.counts.verifications
      let error = await failure {
        try await platform.users.login(username: username, password: Platform.password)
      }
      #expect(error?.isResourceExhausted == true)
      #expect(error?.text.contains("300 seconds") == true)
      #expect(platform.hasher.counts.verifications == verifications)
    }
    platform.clock.advance(by: DomainLimits.loginWindow)
    _ = try await platform.users.login(username: "ada", password: Platform.password)
  }

  @Test func `a login that succeeds forgets the failures before it`() async throws {
    _ = try await platform.person("ada")
    for _ in 0..<3 {
      for _ in 0..<(DomainLimits.loginFailures - 1) {
        _ = await failure {
          try await platform.users.login(username: "ada", password: "not the password")
        }
      }
      _ = try await platform.users.login(username: "ada", password: Platform.password)
    }
  }

  @Test func `a pool that is full is not held against the username`() async throws {
    _ = try await platform.person("ada")
    let full = DomainError.resourceExhausted("too many passwords wait")
    platform.hasher.fail(with: full)
    for _ in 0..<(2 * DomainLimits.loginFailures) {
      let error = await failure {
        try await platform.users.login(username: "ada", password: Platform.password)
      }
      #expect(error == full)
    }
    platform.hasher.fail(with: nil)
    _ = try await platform.users.login(username: "ada", password: Platform.password)
  }

  @Test func `the throttle remembers a bounded number of names`() throws {
    let throttle = LoginThrottle(capacity: 100)
    let start = Instant(microseconds: 0)
    for index in 0..<1_000 {
      try throttle.begin("user\(index)", now: start + .milliseconds(index))
    }
    #expect(throttle.count == 100)
  }

  @Test func `attempts at once count too`() async throws {
    let throttle = LoginThrottle()
    let now = platform.clock.now()
    for _ in 0..<DomainLimits.loginFailures { try throttle.begin("ada", now: now) }
    let error = await failure { try throttle.begin("ada", now: now) }
    #expect(error?.isResourceExhausted == true)
    throttle.abandoned("ada")
    try throttle.begin("ada", now: now)
  }
}
