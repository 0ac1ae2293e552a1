import Console
import RPCClient
import Testing

/// The sessions of the console by their cookies' values.
struct SessionTableTests {
  private static let start = ContinuousClock.now

  private static func session(_ number: UInt64, of account: String = "a") -> Session {
    Session(
      number: number, account: account, requestToken: "t", credentials: FixedCredentials("k"))
  }

  private static func table(_ count: Int, accounts: Bool = true) -> SessionTable {
    var table = SessionTable()
    for index in 0..<count {
      let session = session(UInt64(index), of: accounts ? "account\(index)" : "a")
      _ = table.insert(
        session, secret: "s\(index)", now: start + .milliseconds(index))
    }
    return table
  }

  @Test func `a session is found by its secret alone`() {
    var table = Self.table(2)
    #expect(table.use("s1", now: Self.start)?.number == 1)
    #expect(table.use("s2", now: Self.start) == nil)
    #expect(table.use("", now: Self.start) == nil)
  }

  @Test func `use keeps it alive, silence ends it`() {
    var table = Self.table(1)
    let almost = ConsoleLimits.sessionIdle - .seconds(1)
    #expect(table.use("s0", now: Self.start + almost) != nil)
    #expect(table.use("s0", now: Self.start + almost * 2) != nil)
    #expect(table.use("s0", now: Self.start + almost * 2 + ConsoleLimits.sessionIdle) == nil)
    #expect(table.count == 0)
  }

  @Test func `it ends after its whole life however much it is used`() {
    var table = Self.table(1)
    var now = Self.start
    while now < Self.start + ConsoleLimits.sessionLife - .seconds(3_600) {
      now += .seconds(3_600)
      #expect(table.use("s0", now: now) != nil)
    }
    #expect(table.use("s0", now: Self.start + ConsoleLimits.sessionLife) == nil)
  }

  @Test func `one more of an account ends the one used longest ago`() {
    var table = Self.table(ConsoleLimits.sessionsOfAccount, accounts: false)
    // The first was used since.
    _ = table.use("s0", now: Self.start + .seconds(1))
    let insertion = table.insert(
      Self.session(99), secret: "s99", now: Self.start + .seconds(2))
    #expect(insertion == .inserted(ended: [1]))
    #expect(table.use("s1", now: Self.start + .seconds(3)) == nil)
    #expect(table.use("s0", now: Self.start + .seconds(3)) != nil)
    #expect(table.count == ConsoleLimits.sessionsOfAccount)
  }

  @Test func `a full table refuses, and takes again what ended`() {
    var table = Self.table(ConsoleLimits.sessions)
    let insertion = table.insert(Self.session(1 << 40, of: "z"), secret: "z", now: Self.start)
    #expect(insertion == .full)
    #expect(table.use("s0", now: Self.start) != nil, "nobody's session ended for it")
    let later = Self.start + ConsoleLimits.sessionIdle + .seconds(60)
    guard
      case .inserted(let ended) = table.insert(
        Self.session(1 << 40, of: "z"), secret: "z", now: later)
    else {
      Issue.record("refused although all others are over")
      return
    }
    #expect(ended.count == ConsoleLimits.sessions)
    #expect(table.count == 1)
  }

  @Test func `sweeping names those that are over and keeps the others`() {
    var table = Self.table(3)
    _ = table.use("s2", now: Self.start + .seconds(60))
    let ended = table.sweep(Self.start + ConsoleLimits.sessionIdle + .seconds(30))
    #expect(Set(ended) == [0, 1])
    #expect(table.count == 1)
    #expect(table.remove("s2")?.number == 2)
    #expect(table.remove("s2") == nil)
  }
}
