internal import Domain
internal import RedisLease
internal import TestSupport
internal import Testing

@Suite(.timeLimit(.minutes(5))) struct BroadcastTests {
  /// Publishes again and again, for a subscription begins a moment after its connection, until
  /// `body` has heard enough.
  private static func publishing<R: Sendable>(
    _ notice: Notice, by client: RedisClient, _ body: @Sendable () async throws -> R
  ) async throws -> R {
    let sender = Task {
      while !Task.isCancelled {
        client.publish(notice)
        try? await Task.sleep(for: .milliseconds(5))
      }
    }
    let result: R
    do {
      result = try await body()
    } catch {
      sender.cancel()
      await sender.value
      throw error
    }
    sender.cancel()
    await sender.value
    return result
  }

  /// Whether the stream tells it before it ends.
  private static func hears(_ wanted: Notice, _ stream: AsyncStream<Notice>) async -> Bool {
    for await notice in stream where notice == wanted { return true }
    return false
  }

  @Test(arguments: [Notice.changed, .accessChanged("user:1"), .accessChanged("*")])
  func `a notice reaches every replica, its sender too`(notice: Notice) async throws {
    let prefix = UniqueName.keyPrefix()
    try await RedisFixture.with(prefix: prefix) { a, _ in
      try await RedisFixture.with(prefix: prefix) { b, _ in
        let streams = [a.notices(), a.notices(), b.notices()]
        let heard = try await Self.publishing(notice, by: a) {
          var heard = 0
          for stream in streams where await Self.hears(notice, stream) { heard += 1 }
          return heard
        }
        #expect(heard == 3)
      }
    }
  }

  @Test func `installations that share a Redis do not hear each other`() async throws {
    try await RedisFixture.with { a, _ in
      try await RedisFixture.with { b, _ in
        let stream = b.notices()
        let first = try await Self.publishing(.accessChanged("of a"), by: a) {
          try await Self.publishing(.accessChanged("of b"), by: b) {
            var told: [Notice] = []
            for await notice in stream where notice != .connected {
              told.append(notice)
              if told.count == 20 { break }
            }
            return Set(told.map { "\($0)" })
          }
        }
        #expect(first == ["\(Notice.accessChanged("of b"))"])
      }
    }
  }

  @Test func `after Redis was away listeners are told that they may have missed something`()
    async throws
  {
    let server = try await RedisServer.start()
    try await RedisFixture.with(url: server.url) { client, _ in
      let first = client.notices()
      let isSubscribed = try await Self.publishing(.changed, by: client) {
        await Self.hears(.changed, first)
      }
      #expect(isSubscribed)
      // From before it goes: the subscription may be back at once.
      let again = client.notices()
      try await server.restart()
      #expect(await Self.hears(.connected, again))
      let heard = try await Self.publishing(.changed, by: client) {
        await Self.hears(.changed, again)
      }
      #expect(heard)
    }
  }

  @Test func `a listener that does not listen costs a bounded amount`() async throws {
    try await RedisFixture.with { client, _ in
      let idle = client.notices()
      let busy = client.notices()
      _ = try await Self.publishing(.changed, by: client) { await Self.hears(.changed, busy) }
      let sent = 3_000
      for index in 0..<sent {
        client.publish(.accessChanged("\(index)"))
        if index % 100 == 99 {
          // One call's answer comes after what was published before it.
          _ = try? await client.release("none", token: 0)
        }
      }
      _ = try await Self.publishing(.accessChanged("last"), by: client) {
        await Self.hears(.accessChanged("last"), busy)
      }
      await client.close()
      var kept = 0
      for await _ in idle { kept += 1 }
      #expect(kept > 0)
      #expect(kept < sent)
    }
  }

  @Test func `closing ends every stream, and later ones at once`() async throws {
    try await RedisFixture.with { client, _ in
      let stream = client.notices()
      await client.close()
      for await _ in stream {}
      for await _ in client.notices() {}
      await #expect(throws: LeaseError.self) {
        try await client.acquire("k", token: 1, ttl: .seconds(1))
      }
    }
  }

  @Test(arguments: [
    ("redis://h", "h", 6_379), ("redis://h:1/0", "h", 1), ("redis://u:p%40%3A@[::1]:7/3", "::1", 7),
  ])
  func `a URL names server, user, password and database`(
    text: String, host: String, port: Int
  ) throws {
    let url = try #require(RedisURL(text))
    #expect(url.place == .tcp(host: host, port: UInt16(port)))
    if text.contains("@") {
      #expect(url.user == "u")
      #expect(url.password == "p@:")
      #expect(url.database == 3)
    }
  }

  @Test(arguments: [
    "", "h:1", "http://h", "rediss://h", "redis://h:x", "redis://h:70000", "redis://h/x",
    "redis://h/-1", "redis://u:%zz@h", "unix://relative",
  ])
  func `what is no such URL is refused`(text: String) {
    #expect(RedisURL(text) == nil)
  }
}
