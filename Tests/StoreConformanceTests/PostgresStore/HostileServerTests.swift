internal import Domain
internal import EventLoop
@testable internal import PostgresStore
internal import TestSupport
internal import Testing

/// Whatever a server sends or does not, callers get an error, and the loop goes on.
@Suite(.timeLimit(.minutes(2))) struct HostileServerTests {
  /// Runs `body` with a store of one loop that talks to such a server, and closes it.
  private static func with(
    _ script: ScriptedServer.Script, statementTimeout: Duration = .milliseconds(1),
    _ body: (PostgresStore, ScriptedServer) async throws -> Void
  ) async throws {
    let server = try ScriptedServer(script)
    let group = try await EventLoopGroup.start(count: 1)
    let store = try await PostgresStore.open(
      PostgresConfiguration(url: server.url, statementTimeout: statementTimeout), group: group)
    try await body(store, server)
    await store.close()
    await group.shutdown()
  }

  struct Answer: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]

    init(_ description: String, _ parts: [UInt8]...) {
      testDescription = description
      bytes = parts.flatMap { $0 }
    }
  }

  static let answers: [Answer] = [
    Answer("a type that is none", PostgresMessage.make("?")),
    Answer("a length that is too small", PostgresMessage.make("1", length: 3)),
    Answer("a length of none", PostgresMessage.make("1", length: 0)),
    Answer("the largest length", PostgresMessage.make("D", length: .max)),
    Answer(
      "a length above the bound",
      PostgresMessage.make("D", length: UInt32(Limits.messageBytes) + 1)),
    Answer("a row before its statement", PostgresMessage.row(8)),
    Answer("an end before its statement", PostgresMessage.complete),
    Answer("a sync before its statements", PostgresMessage.ready),
    Answer(
      "a statement prepared twice", PostgresMessage.parseComplete, PostgresMessage.parseComplete),
    Answer(
      "a second end", PostgresMessage.parseComplete, PostgresMessage.bindComplete,
      PostgresMessage.fatal, PostgresMessage.complete),
    Answer("the end of the server", PostgresMessage.fatal, PostgresMessage.fatal),
    Answer("an error of no fields", PostgresMessage.make("E"), PostgresMessage.ready),
    Answer(
      "copying", PostgresMessage.parseComplete, PostgresMessage.bindComplete,
      PostgresMessage.make("G", [0, 0, 0])),
    Answer("authentication anew", PostgresMessage.authenticationOK),
  ]

  @Test(arguments: answers)
  func `an answer that cannot be is an error at once`(answer: Answer) async throws {
    try await Self.with(.send(answer.bytes)) { store, _ in
      await #expect(throws: DomainError.self) { try await store.ping() }
    }
  }

  @Test(arguments: answers)
  func `the same is an error where the server then closes`(answer: Answer) async throws {
    // Cut in the middle, too.
    for bytes in [answer.bytes, Array(answer.bytes.dropLast(3))] {
      try await Self.with(.sendAndClose(bytes)) { store, _ in
        await #expect(throws: DomainError.self) { try await store.ping() }
      }
    }
  }

  @Test func `random answers are errors`() async throws {
    let seed = TestSeed.draw()
    for round in 0..<40 {
      var random = seed.generator(round)
      var bytes: [UInt8] = []
      for _ in 0..<Int.random(in: 1...20, using: &random) {
        let type = Unicode.Scalar("12CDEINSTZn?".utf8.randomElement(using: &random) ?? 0)
        let count = Int.random(in: 0...40, using: &random)
        let body = (0..<count).map { _ in UInt8.random(in: 0...3, using: &random) }
        bytes += PostgresMessage.make(type, body)
      }
      try await Self.with(.sendAndClose(bytes)) { store, _ in
        // A row in it may be an answer: what is asked is that there is an end.
        _ = try? await store.users.credentials(username: "somebody")
        _ = try? await store.deployments.deployment(Make.id(), in: .all)
      }
    }
  }

  @Test func `rows without end are an error, and are not kept`() async throws {
    let start = PostgresMessage.parseComplete + PostgresMessage.bindComplete
    // It is their size that ends them, not their time.
    try await Self.with(
      .repeating(after: start, PostgresMessage.row(1 << 20)), statementTimeout: .seconds(90)
    ) { store, _ in
      do throws(DomainError) {
        try await store.ping()
        Issue.record("they ended")
      } catch {
        guard case .internal = error else {
          Issue.record("\(error)")
          return
        }
      }
    }
  }

  @Test(arguments: [
    Answer("notices", PostgresMessage.notice),
    Answer("settings", PostgresMessage.make("S", Array("a\0b\0".utf8))),
    Answer("bound", PostgresMessage.bindComplete),
    Answer("errors", PostgresMessage.fatal),
  ])
  func `a server that only ever talks of other things is given up`(talk: Answer) async throws {
    let many = Array(repeatElement(talk.bytes, count: 1_000).joined())
    try await Self.with(.repeating(after: PostgresMessage.parseComplete, many)) { store, _ in
      await #expect(throws: DomainError.self) { try await store.ping() }
    }
  }

  @Test func `a server that reads nothing is given up, and the loop goes on meanwhile`()
    async throws
  {
    try await Self.with(.ignore) { store, server in
      // More than the buffers between the two hold.
      let name = String(repeating: "x", count: 32 << 20)
      async let outcome: Bool = {
        do throws(DomainError) {
          _ = try await store.users.credentials(username: name)
          return false
        } catch {
          return true
        }
      }()
      #expect(await outcome)
      // It was closed without waiting for the server, and opened anew.
      let before = Limits.pipelinedConnectionsPerLoop
      try await eventually("it connects again") { server.connectionCount > before }
    }
  }
}
