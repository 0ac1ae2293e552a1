import Foundation
import TestSupport
import Testing

/// `Examples/greeter` as its user meets it: built, started, called, ended.
@Suite(.serialized) struct GreeterTests {
  static let handWrittenLinesLimit = 60

  @Test func `beside its proto the whole service is less than 60 lines by hand, as its page says`()
    throws
  {
    let folder = GreeterExample.package + "/Sources/greeter"
    let files = try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(".swift") }.sorted()
    #expect(files == ["GreeterHandler.swift", "main.swift"])
    let lines = try files.map { file in
      try String(contentsOfFile: folder + "/" + file, encoding: .utf8)
        .split(separator: "\n", omittingEmptySubsequences: false).count - 1
    }
    let sum = lines.reduce(0, +)
    #expect(sum < Self.handWrittenLinesLimit)
    let page = try String(contentsOfFile: ServicePageTests.page, encoding: .utf8)
    #expect(page.contains("\(sum) lines of Swift beside its .proto"))
  }

  @Test func `guests are greeted, one in a call or many in a stream`() async throws {
    let server = try await GreeterServer.start(try await GreeterExample.build())
    let one = try await server.hello("Ada")
    #expect(one.exit.isSuccess, "\(one)")
    #expect(one.standardOutput == "Hello, Ada!\n")
    let many = try await server.hello("Ada", "Bo", "Zoë")
    #expect(many.exit.isSuccess, "\(many)")
    #expect(many.standardOutput == "Hello, Ada!\nHello, Bo!\nHello, Zoë!\n")
  }

  @Test func `what the server refuses is told, with an exit status`() async throws {
    let server = try await GreeterServer.start(try await GreeterExample.build())
    let alone = try await server.hello("")
    #expect(alone.exit == .exited(1), "\(alone)")
    #expect(alone.standardError == "greeter: INVALID_ARGUMENT: who is to be greeted?\n")
    let second = try await server.hello("Ada", "")
    #expect(second.exit == .exited(1), "\(second)")
    #expect(second.standardError == "greeter: INVALID_ARGUMENT: who is to be greeted?\n")
  }

  @Test func `who cannot connect says why`() async throws {
    let program = try await GreeterExample.build()
    let authority = try TestEnvironment.certificates().authority
    let port = try FreePort.find()
    let nobody = try await ChildProcess.run(
      program, ["hello", "berth://127.0.0.1:\(port)", authority, "Ada"])
    #expect(nobody.exit == .exited(1))
    #expect(nobody.standardError.hasPrefix("greeter: UNAVAILABLE: cannot connect to "), "\(nobody)")
    #expect(nobody.standardError.contains("connection refused"), "\(nobody)")
    let none = try await ChildProcess.run(program, ["hello", "not an address", authority, "Ada"])
    #expect(none.exit == .exited(1))
    #expect(none.standardError.hasPrefix("greeter: INVALID_ARGUMENT: "), "\(none)")
    let stranger = try await TestAuthority.make()
    let server = try await GreeterServer.start(program)
    let wrong = try await ChildProcess.run(
      program, ["hello", "berth://localhost:\(server.port)", stranger.authority, "Ada"])
    #expect(wrong.exit == .exited(1))
    #expect(wrong.standardError.hasPrefix("greeter: UNAVAILABLE: "), "\(wrong)")
  }

  @Test func `a server that cannot start says why`() async throws {
    let program = try await GreeterExample.build()
    let running = try await GreeterServer.start(program)
    let files = try TestEnvironment.certificates()
    let cases: [([String], String)] = [
      (["\(running.port)", files.server, files.serverKey], "cannot listen on "),
      (["0", "/nonexistent.pem", files.serverKey], "/nonexistent.pem: No such file or directory"),
      (["http", files.server, files.serverKey], "http is no port"),
      ([], "serve PORT CERTIFICATE KEY"),
    ]
    for (arguments, problem) in cases {
      let outcome = try await ChildProcess.run(program, ["serve"] + arguments)
      #expect(outcome.exit == .exited(1), "\(outcome)")
      #expect(outcome.standardError.contains(problem), "\(outcome)")
    }
  }

  @Test func `told to end, the server finishes what it was asked and exits well`() async throws {
    let server = try await GreeterServer.start(try await GreeterExample.build())
    let names = (0..<5000).map { "guest \($0)" }
    let client = try server.client(names)
    try await client.waitForLine(containing: "guest 0!")
    // Its credit runs out, so the server's handler stands in the middle of the party.
    client.pause()
    server.process.signal(SIGTERM)
    try await eventually("the server accepts nobody") {
      try await server.hello("Ada").exit == .exited(1)
    }
    client.resume()
    let outcome = try await client.outcome()
    #expect(outcome.exit.isSuccess, "\(outcome.exit) \(outcome.standardError)")
    #expect(outcome.standardOutput == names.map { "Hello, \($0)!\n" }.joined())
    #expect(try await server.process.waitForExit().isSuccess)
  }

  @Test func `its own tests pass`() async throws {
    _ = try await GreeterExample.build()
    let outcome = try await GreeterExample.swift(
      ["test", "--skip-build", "--disable-xctest"],
      environment: ["GREETER_CERTIFICATES": try TestEnvironment.certificates().folder])
    let output = outcome.standardOutput + outcome.standardError
    #expect(output.contains(#/Test run with \d+ tests? .*passed/#), "\(outcome)")
  }

  @Test func `nothing is built but what it uses`() async throws {
    _ = try await GreeterExample.build()
    let files = FileManager.default.enumerator(atPath: GreeterExample.scratch)
    let compiled = (files?.compactMap { $0 as? String } ?? [])
      .filter { $0.hasSuffix(".swift.o") || $0.hasSuffix(".c.o") || $0.hasSuffix(".cc.o") }
    #expect(compiled.contains { $0.contains("/RPCServer.build/") })
    let strange = compiled.filter { path in
      ["NIO", "BoringSSL", "JWTKit", "Crypto.build", "Domain.build", "PostgresStore"]
        .contains { path.contains("/" + $0) || path.contains($0 + ".build/") }
    }
    #expect(strange.isEmpty)
  }
}
