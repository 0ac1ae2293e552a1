import Foundation
import RPCClient
import RPCServer
import Testing

@testable import greeter

/// Tests of the service over a real connection. GREETER_CERTIFICATES names a folder with ca.pem,
/// server.pem and server-key.pem.
struct GreeterTests {
  @Test func `a guest is greeted while the deadline lasts`() async throws {
    try await withGreeter { greeter in
      let deadline = Duration.seconds(5)
      let greeting = try await greeter.sayHello(
        Guest(name: "Ada"), options: CallOptions(deadline: deadline))
      #expect(greeting.text == "Hello, Ada!")
      let left = Duration(try #require(greeting.timeLeft))
      #expect(left > .zero && left <= deadline)
    }
  }

  @Test func `a guest without a name is refused`() async throws {
    try await withGreeter { greeter in
      let refusal = await #expect(throws: RPCStatus.self) { try await greeter.sayHello(Guest()) }
      #expect(refusal?.code == .invalidArgument)
    }
  }

  @Test func `the guests of a party are greeted in order until one has no name`() async throws {
    try await withGreeter { greeter in
      let party = Party(guests: ["Ada", "Bo", "", "Cy"].map { Guest(name: $0) })
      var texts: [String] = []
      let refusal = await #expect(throws: RPCStatus.self) {
        for try await greeting in greeter.sayHellos(party) { texts.append(greeting.text) }
      }
      #expect(texts == ["Hello, Ada!", "Hello, Bo!"])
      #expect(refusal?.code == .invalidArgument)
    }
  }

  @Test func `who does not know the word is not let in`() async throws {
    try await withGreeter([Doorkeeper(word: "sesame")]) { greeter in
      let refusal = await #expect(throws: RPCStatus.self) {
        try await greeter.sayHello(Guest(name: "Ada"))
      }
      #expect(refusal?.code == .unauthenticated)
      let greeting = try await greeter.sayHello(
        Guest(name: "Ada"), options: CallOptions(token: "sesame"))
      #expect(greeting.text == "Hello, Ada!")
    }
  }

  private func withGreeter(
    _ interceptors: [any ServerInterceptor] = [],
    _ body: (GreeterServiceClient) async throws -> Void
  ) async throws {
    let folder = try #require(ProcessInfo.processInfo.environment["GREETER_CERTIFICATES"])
    var router = Router()
    GreeterHandler().register(in: &router)
    let identity = ServerIdentity(
      certificatePath: folder + "/server.pem", privateKeyPath: folder + "/server-key.pem")
    let server = RPCServer(
      configuration: .init(identity: identity), router: router, interceptors: interceptors)
    try await server.start()
    let port = try #require(server.boundPort)
    let channel = try Channel(
      to: "berth://127.0.0.1:\(port)",
      options: ChannelOptions(trust: .certificateAuthority(path: folder + "/ca.pem")))
    let result: Result<Void, any Error>
    do { result = .success(try await body(GreeterServiceClient(channel))) } catch {
      result = .failure(error)
    }
    await channel.close()
    await server.drain(grace: .seconds(1))
    try result.get()
  }
}
