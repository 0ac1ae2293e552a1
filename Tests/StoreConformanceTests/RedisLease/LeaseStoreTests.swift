internal import Domain
internal import EventLoop
internal import RedisLease
internal import TestSupport
internal import Testing

/// A client of the test run's Redis, or of a test's own, on a loop of its own.
enum RedisFixture {
  @discardableResult
  static func with<R: Sendable>(
    url: String? = nil, prefix: String = UniqueName.keyPrefix(),
    _ body: @Sendable (RedisClient, String) async throws -> R
  ) async throws -> R {
    let text = try url ?? TestEnvironment.redisURL()
    let group = try await EventLoopGroup.start(count: 1)
    let client = RedisClient.open(
      url: try #require(RedisURL(text)), loop: group.loops[0], prefix: prefix)
    let result: R
    do {
      result = try await body(client, prefix)
    } catch {
      await client.close()
      await group.shutdown()
      throw error
    }
    await client.close()
    await group.shutdown()
    return result
  }
}

@Suite(.timeLimit(.minutes(5))) struct LeaseStoreTests {
  @Test func `one holds the lock, and only it renews and releases`() async throws {
    try await RedisFixture.with { client, prefix in
      try await eventually("connected") { client.isConnected }
      let key = prefix + "lock"
      #expect(try await client.acquire(key, token: 1, ttl: .seconds(60)))
      #expect(try await client.acquire(key, token: 2, ttl: .seconds(60)) == false)
      #expect(try await client.acquire(key, token: 1, ttl: .seconds(60)) == false)
      #expect(try await client.renew(key, token: 2, ttl: .seconds(60)) == false)
      #expect(try await client.release(key, token: 2) == false)
      #expect(try await client.renew(key, token: 1, ttl: .seconds(60)))
      #expect(try await client.release(key, token: 1))
      #expect(try await client.release(key, token: 1) == false)
      #expect(try await client.renew(key, token: 1, ttl: .seconds(60)) == false)
      #expect(try await client.acquire(key, token: Nonce(.max), ttl: .seconds(60)))
      #expect(try await client.release(key, token: Nonce(.max)))
    }
  }

  @Test func `of many who want the lock at once exactly one gets it`() async throws {
    try await RedisFixture.with { client, prefix in
      try await eventually("connected") { client.isConnected }
      let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
        for index in 1...64 {
          group.addTask {
            try await client.acquire(
              prefix + "race", token: Nonce(UInt128(index)), ttl: .seconds(60))
          }
        }
        return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(winners == 1)
    }
  }

  @Test func `a lock that nobody renews expires, a renewed one does not`() async throws {
    try await RedisFixture.with { client, prefix in
      try await eventually("connected") { client.isConnected }
      let (short, long) = (prefix + "short", prefix + "long")
      // Taken after the other, for as long: when it has expired, so would the other have.
      try await eventually("a renewal before the end, which a busy machine may miss") {
        _ = try await client.acquire(long, token: 1, ttl: .seconds(1))
        return try await client.renew(long, token: 1, ttl: .seconds(60))
      }
      #expect(try await client.acquire(short, token: 1, ttl: .seconds(1)))
      try await eventually("the short one expires") {
        try await client.acquire(short, token: 2, ttl: .seconds(60))
      }
      #expect(try await client.renew(short, token: 1, ttl: .seconds(60)) == false)
      #expect(try await client.acquire(long, token: 2, ttl: .seconds(60)) == false)
    }
  }

  @Test func `while Redis is away calls throw soon, and it comes back by itself`() async throws {
    let server = try await RedisServer.start()
    try await RedisFixture.with(url: server.url) { client, prefix in
      try await eventually("connected") { client.isConnected }
      #expect(try await client.acquire(prefix + "k", token: 1, ttl: .seconds(60)))
      try await server.kill()
      try await eventually("the loss is seen") { !client.isConnected }
      let start = ContinuousClock.now
      await #expect(throws: LeaseError.self) {
        try await client.renew(prefix + "k", token: 1, ttl: .seconds(60))
      }
      #expect(ContinuousClock.now - start < .seconds(3))
      try await server.restart()
      try await eventually("connected again") { client.isConnected }
      // It lost its keys: whoever held the lock finds out.
      #expect(try await client.renew(prefix + "k", token: 1, ttl: .seconds(60)) == false)
      #expect(try await client.acquire(prefix + "k", token: 2, ttl: .seconds(60)))
    }
  }

  @Test func `a Redis that stands still fails calls within their time`() async throws {
    let server = try await RedisServer.start()
    try await RedisFixture.with(url: server.url) { client, prefix in
      try await eventually("connected") { client.isConnected }
      server.pause()
      let start = ContinuousClock.now
      let failures = await withTaskGroup(of: Bool.self) { group in
        for index in 0..<8 {
          group.addTask {
            do throws(LeaseError) {
              _ = try await client.acquire(
                prefix + "k", token: Nonce(UInt128(index)), ttl: .seconds(60))
              return false
            } catch {
              return true
            }
          }
        }
        return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(failures == 8)
      #expect(ContinuousClock.now - start < .seconds(6))
      server.resume()
      try await eventually("connected again", within: .seconds(20)) { client.isConnected }
    }
  }

  @Test func `a client of an address where nobody listens opens and says that it is away`()
    async throws
  {
    let port = try FreePort.find()
    try await RedisFixture.with(url: "redis://127.0.0.1:\(port)") { client, _ in
      #expect(!client.isConnected)
      do throws(LeaseError) {
        _ = try await client.acquire("k", token: 1, ttl: .seconds(1))
        Issue.record("a lock was had of nobody")
      } catch {
        #expect(!error.message.isEmpty)
      }
      client.publish(.changed)
    }
  }

  @Test func `a wrong password is named`() async throws {
    let url = try TestEnvironment.redisURL()
    guard let at = url.lastIndex(of: "@") else { return }
    let wrong = "redis://default:not-the-password" + url[at...]
    try await RedisFixture.with(url: wrong) { client, _ in
      try await eventually("the refusal is known") {
        do throws(LeaseError) {
          _ = try await client.acquire("k", token: 1, ttl: .seconds(1))
          return false
        } catch {
          return error.message.contains("WRONGPASS")
        }
      }
      #expect(!client.isConnected)
    }
  }
}
