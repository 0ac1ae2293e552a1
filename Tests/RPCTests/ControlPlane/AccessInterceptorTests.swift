import ControlPlane
import Domain
import Glibc
import Messages
import RPCClient
import RPCServer
import Synchronization
import TestSupport
import Testing
@_spi(Frames) import Wire

/// The domain's access rules on a real server: who gets in, and what is asked for it.
@Suite(.timeLimit(.minutes(1))) struct AccessInterceptorTests {
  private static func with(
    token: String?, _ body: (RPCFixture, AccessWorld) async throws -> Void
  ) async throws {
    let world = AccessWorld()
    try await RPCFixture.with { setup in
      setup.interceptors = [
        Authentication(AccessAuthenticator(world.access)),
        Authorization(AccessAuthorizer(world.access)),
      ]
      setup.options = ChannelOptions(token: token)
      for method in [TestMethods.echo, TestMethods.change] {
        setup.router.add(method) { _, context async throws(RPCStatus) in
          "\(context.caller?.callerName ?? "-") \(context.grant?.callerName ?? "-")"
        }
      }
      setup.router.addList()
    } _: { fixture async throws in
      try await body(fixture, world)
    }
  }

  @Test func `a caller is let in by the rule of the method, and the handler has the grant`()
    async throws
  {
    try await Self.with(token: "root") { fixture, _ async throws in
      #expect(try await fixture.echo("") == "root root")
      #expect(try await fixture.change() == "root root")
      #expect(try await fixture.echo("", options: CallOptions(token: "alice")) == "alice alice")
      let denied = await #expect(throws: RPCStatus.self) {
        try await fixture.change(options: CallOptions(token: "alice"))
      }
      #expect(denied?.code == .permissionDenied)
      var nobody = CallOptions()
      nobody.credentials = .none
      let unknown = await #expect(throws: RPCStatus.self) {
        try await fixture.echo("", options: nobody)
      }
      #expect(unknown?.code == .unauthenticated)
    }
  }

  @Test func `what anyone may call asks for no token and is not stopped by a bad one`()
    async throws
  {
    try await Self.with(token: "nonsense") { fixture, world async throws in
      for _ in 0..<2 {
        for try await response in fixture.list(1) { #expect(response.attempt == 1) }
      }
      #expect(world.digests.value == 0)
      let refused = await #expect(throws: RPCStatus.self) { try await fixture.echo("") }
      #expect(refused?.code == .unauthenticated)
    }
  }

  @Test func `a connection's token is digested once for each method, however often it calls`()
    async throws
  {
    try await Self.with(token: "root") { fixture, world async throws in
      let begin = ContinuousClock.now
      // The first is asked of the store, the second fills the connection's memory.
      for _ in 0..<2 { _ = try await fixture.echo("") }
      let digests = world.digests.value
      for _ in 0..<50 { #expect(try await fixture.echo("") == "root root") }
      // What is kept is kept for a while: on a busy machine it may have to be asked for again.
      let again = Int((ContinuousClock.now - begin) / DomainLimits.accessCacheLifetime)
      #expect(world.digests.value <= digests * (1 + again))
      #expect(world.lookUps.value <= 1 + again)
      #expect(again > 10 || world.digests.value < 50, "not once a call")
    }
  }

  @Test func `a call behind a revocation is refused, also on a connection that was let in`()
    async throws
  {
    try await Self.with(token: "root") { fixture, world async throws in
      for _ in 0..<3 { _ = try await fixture.echo("") }
      world.revoke("root")
      let refused = await #expect(throws: RPCStatus.self) { try await fixture.echo("") }
      #expect(refused?.code == .unauthenticated)
    }
  }

  @Test func `a remembered caller is forgotten when its credentials end`() async throws {
    try await Self.with(token: "root") { fixture, world async throws in
      world.lifetime.value = .milliseconds(150)
      _ = try await fixture.echo("")
      let status = try await eventually("the token has expired") {
        do {
          _ = try await fixture.echo("")
          return nil as RPCStatus?
        } catch { return error as? RPCStatus }
      }
      #expect(status.code == .unauthenticated)
    }
  }
}

/// Users by name, whose tokens are their names; `root` is the SuperAdmin.
private final class AccessWorld: AccessStore, TokenSigner, SecretDigest, Broadcast, WallClock {
  private static let users = ["root": UserID(1), "alice": UserID(2)]

  let digests = Counter()
  let lookUps = Counter()
  /// Of the tokens that are shown from now on.
  let lifetime = Box<Duration>(.seconds(3_600))
  private let revoked = Mutex<Set<UserID>>([])
  private let shared = Mutex<Access?>(nil)

  var access: Access {
    shared.withLock { access in
      if let access { return access }
      let made = Access(store: self, signer: self, digest: self, clock: self, broadcast: self)
      access = made
      return made
    }
  }

  func revoke(_ name: String) {
    guard let id = Self.users[name] else { return }
    revoked.withLock { _ = $0.insert(id) }
    access.changed(id)
  }

  func now() -> Instant {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
  }

  func digest(_ secret: String) -> [UInt8] {
    digests.increment()
    return Array(secret.utf8)
  }

  func sign(_ claims: AccessClaims) async throws(DomainError) -> String { "unused" }

  func verify(_ token: String, now: Instant) async throws(DomainError) -> AccessClaims {
    guard let id = Self.users[token], lifetime.value > .zero else {
      throw .unauthenticated("no such token")
    }
    // It can be shown once more while it holds; then it has ended.
    defer { if lifetime.value < .seconds(60) { lifetime.value = .zero } }
    return AccessClaims(user: id, issuedAt: now, expiresAt: now + lifetime.value)
  }

  func principal(user: UserID) async throws(DomainError) -> Principal? {
    lookUps.increment()
    guard !revoked.withLock({ $0.contains(user) }),
      let name = Self.users.first(where: { $0.value == user })?.key
    else { return nil }
    return Principal(identity: .user(user), name: name, isSuperAdmin: name == "root")
  }

  func principal(apiKeyDigest: [UInt8], now: Instant) async throws(DomainError) -> Principal? {
    nil
  }

  func principal(agentTokenDigest: [UInt8]) async throws(DomainError) -> Principal? { nil }

  func rules() async throws(DomainError) -> [String: AccessRule] {
    [
      TestMethods.echo.path: .authenticated, TestMethods.change.path: .superAdmin,
      TestMethods.list.path: .anyone,
    ]
  }

  func publish(_ notice: Notice) {}

  func notices() -> AsyncStream<Notice> { AsyncStream { $0.finish() } }
}
