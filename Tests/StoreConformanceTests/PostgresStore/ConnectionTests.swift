internal import Domain
internal import EventLoop
@testable internal import PostgresStore
internal import TestSupport
internal import Testing

@Suite(.timeLimit(.minutes(5))) struct ConnectionTests {
  /// Whether an outcome is what a caller of a lost connection may get.
  private static func isUnavailable(_ error: DomainError) -> Bool {
    guard case .unavailable(_, let after) = error else { return false }
    return after > .zero
  }

  @Test func `when connections are killed every waiter gets an error and they come back`()
    async throws
  {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let user = try await store.makeUser()
      let outcomes = try await fixture.database.withLocked(table: "users") { _ in
        try await withThrowingTaskGroup(of: Bool.self) { group in
          for index in 0..<64 {
            group.addTask {
              do throws(DomainError) {
                if index.isMultiple(of: 2) {
                  _ = try await store.users.user(user.id)
                } else {
                  try await store.users.insert(Make.user(), passwordHash: "x")
                }
                return false
              } catch {
                return Self.isUnavailable(error)
              }
            }
          }
          try await eventually("calls wait for the lock") {
            try await fixture.database.waitingForLocks() > 0
          }
          try await fixture.database.terminateStore()
          return try await group.reduce(into: []) { $0.append($1) }
        }
      }
      #expect(outcomes.count == 64)
      #expect(outcomes.allSatisfy { $0 })
      let found = try await eventually("the connections are back") {
        try? await store.users.user(user.id)
      }
      #expect(found == user)
      // Nothing was written by those who got an error: the lock outlived their connections.
      let rows = try await fixture.database.query("SELECT count(*) FROM users")
      #expect(rows == [["1"]])
    }
  }

  @Test func `under a storm of killed connections no answer is wrong and none is missing`()
    async throws
  {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      var users: [User] = []
      for _ in 0..<16 { users.append(try await store.makeUser()) }
      let known = users
      let wrong = try await withThrowingTaskGroup(of: Int.self) { group in
        for index in 0..<32 {
          group.addTask {
            var wrong = 0
            for round in 0..<40 {
              let user = known[(index + round) % known.count]
              do throws(DomainError) {
                if try await store.users.user(user.id) != user { wrong += 1 }
              } catch {
                if !Self.isUnavailable(error) { wrong += 1 }
              }
            }
            return wrong
          }
        }
        group.addTask {
          for _ in 0..<6 { try await fixture.database.terminateStore() }
          return 0
        }
        return try await group.reduce(0, +)
      }
      #expect(wrong == 0)
      try await eventually("it serves again") { (try? await store.ping()) != nil }
    }
  }

  @Test func `while the server cannot be reached callers are told when to try again`() async throws
  {
    try await StoreSpace.with { space in
      let settings = try ConnectionSettings(space.configuration)
      let port = try #require(settings.servers.first.flatMap { Int($0.port) })
      let relay = try TCPRelay(to: port)
      let group = try await EventLoopGroup.start(count: 1)
      let store = try await PostgresStore.open(
        PostgresConfiguration(
          url: space.configuration.url.replacing(":\(port)/", with: ":\(relay.port)/")),
        group: group)
      _ = try await store.migrate()
      let user = try await store.makeUser()
      relay.cut()
      for _ in 0..<3 {
        do throws(DomainError) {
          _ = try await store.users.user(user.id)
          Issue.record("an answer came over a cut connection")
        } catch {
          #expect(Self.isUnavailable(error))
        }
      }
      relay.restore()
      let found = try await eventually("it is reached again") {
        try? await store.users.user(user.id)
      }
      #expect(found == user)
      await store.close()
      await #expect(throws: DomainError.self) { try await store.ping() }
      await group.shutdown()
    }
  }

  @Test func `a server that is silent for too long is given up`() async throws {
    try await StoreSpace.with { space in
      let settings = try ConnectionSettings(space.configuration)
      let port = try #require(settings.servers.first.flatMap { Int($0.port) })
      let relay = try TCPRelay(to: port)
      let group = try await EventLoopGroup.start(count: 1)
      let store = try await PostgresStore.open(
        PostgresConfiguration(
          url: space.configuration.url.replacing(":\(port)/", with: ":\(relay.port)/"),
          connectTimeout: .milliseconds(500), statementTimeout: .milliseconds(1)), group: group)
      relay.stall()
      do throws(DomainError) {
        try await store.ping()
        Issue.record("an answer came over a stalled connection")
      } catch {
        #expect(Self.isUnavailable(error))
      }
      relay.restore()
      try await eventually("it is reached again") { (try? await store.ping()) != nil }
      await store.close()
      await group.shutdown()
    }
  }

  @Test(arguments: Way.allCases)
  func `one failed statement leaves those of the same turn alone`(way: Way) async throws {
    try await StoreFixture.with(way, loops: 1) { fixture in
      let store = fixture.store
      let user = try await store.makeUser()
      let cluster = try await store.makeCluster()
      // All in one turn of one loop: reads share their sync, and one of them cannot be answered.
      let outcomes = await fixture.group.loops[0].run { () async -> [Bool] in
        await withTaskGroup(of: Bool.self) { group in
          for index in 0..<40 {
            group.addTask {
              do throws(DomainError) {
                switch index % 4 {
                case 0:
                  // A NUL reaches PostgreSQL, which refuses it.
                  _ = try await store.users.credentials(username: "a\0b")
                  return false
                case 1: return try await store.users.user(user.id) == user
                case 2:
                  return try await store.clusters.cluster(cluster.id, in: .all) == cluster
                default:
                  try await store.users.insert(Make.user("same"), passwordHash: "x")
                  return true
                }
              } catch {
                switch error {
                case .invalid: return index % 4 == 0
                case .alreadyExists: return index % 4 == 3
                default: return false
                }
              }
            }
          }
          return await group.reduce(into: []) { $0.append($1) }
        }
      }
      #expect(outcomes.count { !$0 } == 0)
    }
  }

  @Test func `a statement that takes too long ends, and is unavailable`() async throws {
    try await StoreSpace.with { space in
      let group = try await EventLoopGroup.start(count: 1)
      let patient = try await PostgresStore.open(space.configuration, group: group)
      _ = try await patient.migrate()
      await patient.close()
      var configuration = space.configuration
      configuration.statementTimeout = .milliseconds(100)
      let store = try await PostgresStore.open(configuration, group: group)
      try await space.withLocked(table: "users") { _ in
        do throws(DomainError) {
          _ = try await store.users.user(Make.id())
          Issue.record("an answer came from a locked table")
        } catch {
          #expect(Self.isUnavailable(error))
        }
        try await store.ping()
      }
      await store.close()
      await group.shutdown()
    }
  }

  @Test func `what is more than may wait is refused, and the rest is answered or told to wait`()
    async throws
  {
    try await StoreFixture.with(loops: 1) { fixture in
      let store = fixture.store
      let user = try await store.makeUser()
      let room =
        Limits.pipelinedConnectionsPerLoop * Limits.groupsInFlightPerConnection
        + Limits.waitingGroupsPerLoop
      let excess = 300
      let refused = try await fixture.database.withLocked(table: "users") { unlock in
        try await withThrowingTaskGroup(of: Bool?.self) { group in
          for _ in 0..<(room + excess) {
            group.addTask {
              do throws(DomainError) {
                return try await store.users.user(user.id) == user ? false : nil
              } catch {
                return Self.isUnavailable(error) ? true : nil
              }
            }
          }
          var refused = 0
          var isUnlocked = false
          for try await outcome in group {
            #expect(outcome != nil)
            if outcome == true { refused += 1 }
            guard refused >= excess, !isUnlocked else { continue }
            isUnlocked = true
            try await unlock()
          }
          return refused
        }
      }
      #expect(refused >= excess)
      #expect(try await store.users.user(user.id) == user)
    }
  }

  @Test func `calls from a loop, from another loop and from no loop are answered`() async throws {
    try await StoreFixture.with(loops: 3) { fixture in
      let store = fixture.store
      let user = try await store.makeUser()
      for loop in fixture.group.loops {
        let found = try await loop.run { () async throws(DomainError) -> User? in
          let found = try await store.users.user(user.id)
          // Resumed where it was.
          loop.assertCurrent()
          #expect(loop.isCurrent)
          return found
        }
        #expect(found == user)
      }
      #expect(try await store.users.user(user.id) == user)
    }
  }

  @Test(arguments: [
    "postgresql://berth@127.0.0.1:1/x", "postgresql://berth@no-such-host.invalid/x",
  ])
  func `opening says that the server cannot be reached`(url: String) async throws {
    let group = try await EventLoopGroup.start(count: 1)
    do throws(DomainError) {
      _ = try await PostgresStore.open(PostgresConfiguration(url: url), group: group)
      Issue.record("it opened")
    } catch {
      #expect(Self.isUnavailable(error))
    }
    await group.shutdown()
  }

  @Test func `opening says what is wrong with a URL, a user or a database`() async throws {
    let url = try TestEnvironment.databaseURL()
    let settings = try ConnectionSettings(PostgresConfiguration(url: url))
    let server = try #require(settings.servers.first)
    let group = try await EventLoopGroup.start(count: 1)
    for wrong in [
      "postgresql://berth@127.0.0.1/x?no_such_option=1", "nonsense",
      "host=a,b port=5,6,7", "\(url)_which_is_not",
      "postgresql://nobody:wrong@127.0.0.1:\(server.port)/postgres",
      "postgresql://berth@127.0.0.1:\(server.port)/berth?sslmode=verify-full&sslrootcert=/none",
    ] {
      do throws(DomainError) {
        let store = try await PostgresStore.open(PostgresConfiguration(url: wrong), group: group)
        await store.close()
        Issue.record("\(wrong) opened")
      } catch {
        guard case .failedPrecondition(let text) = error else {
          Issue.record("\(wrong.prefix(40)): \(error)")
          continue
        }
        #expect(text.hasPrefix("PostgreSQL"))
        #expect(!text.contains { $0.isNewline })
      }
    }
    await group.shutdown()
  }

  @Test func `TLS with the server's name and authority checked works, and is needed`() async throws
  {
    let url = try TestEnvironment.databaseTLSURL()
    let group = try await EventLoopGroup.start(count: 1)
    let name = UniqueName.make("tls")
    let store = try await PostgresStore.open(
      PostgresConfiguration(url: url, applicationName: name), group: group)
    try await store.ping()
    let rows = try await PostgresConsole(url: TestEnvironment.databaseURL()).query(
      """
      SELECT DISTINCT s.ssl FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid)
      WHERE a.application_name = '\(name)'
      """)
    #expect(rows == [["t"]])
    await store.close()
    // Another authority did not sign that certificate.
    let other = url.replacing("ca.pem", with: "server.pem")
    do throws(DomainError) {
      let trusting = try await PostgresStore.open(PostgresConfiguration(url: other), group: group)
      await trusting.close()
      Issue.record("any certificate was taken")
    } catch {
      guard case .failedPrecondition = error else {
        Issue.record("\(error)")
        return
      }
    }
    await group.shutdown()
  }

  @Test func `a statement timeout and a stopped session's end are set on the connection`()
    async throws
  {
    let settings = try ConnectionSettings(
      PostgresConfiguration(
        url: "postgresql://u@h/d?options=-csearch_path%3Ds", statementTimeout: .seconds(7),
        idleInTransactionTimeout: .milliseconds(1_500)))
    let options = try #require(settings.options["options"])
    #expect(options.contains("-c statement_timeout=7000"))
    #expect(options.contains("-c idle_in_transaction_session_timeout=1500"))
    #expect(options.hasSuffix("-csearch_path=s"))
    // A pooler's server connections are shared, and PgBouncer refuses `options`.
    let pooled = try ConnectionSettings(
      PostgresConfiguration(url: "postgresql://u@h/d", isPooler: true))
    #expect(pooled.options["options"] == nil)
  }

  @Test func `several hosts, addresses, ports and sockets are kept apart`() throws {
    func servers(_ url: String) throws -> [ConnectionSettings.Server] {
      try ConnectionSettings(PostgresConfiguration(url: url)).servers
    }
    #expect(
      try servers("postgresql://a:1,b:2/d").map { [$0.host, $0.address, $0.port] }
        == [["a", "", "1"], ["b", "", "2"]])
    let socket = try servers("postgresql:///d?host=/var/run/postgresql&port=5433")
    #expect(socket.map(\.needsResolution) == [false])
    let address = try servers("postgresql://name/d?hostaddr=10.0.0.1")
    #expect(address.map(\.needsResolution) == [false])
    #expect(try servers("postgresql://localhost/d").map(\.needsResolution) == [true])
  }

  @Test func `a host name is resolved beside the loop`() async throws {
    let url = try TestEnvironment.databaseURL().replacing("127.0.0.1", with: "localhost")
    let group = try await EventLoopGroup.start(count: 1)
    let store = try await PostgresStore.open(PostgresConfiguration(url: url), group: group)
    try await store.ping()
    await store.close()
    await group.shutdown()
  }
}
