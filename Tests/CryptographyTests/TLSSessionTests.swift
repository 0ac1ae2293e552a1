import Cryptography
import Glibc
import TestSupport
import Testing

@Suite struct TLSSessionTests {
  /// What became of both ends of a handshake over a socket pair.
  private func handshake(
    server: TLSContext, client: TLSContext, name: String = "localhost",
    then body: (borrowing TLSSession, borrowing TLSSession) throws -> Void = { _, _ in }
  ) throws -> (server: TLSOutcome, client: TLSOutcome) {
    signal(SIGPIPE, SIG_IGN)
    var pair: [Int32] = [0, 0]
    let made = socketpair(
      AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0, &pair)
    try #require(made == 0)
    defer { for descriptor in pair { close(descriptor) } }
    let serverEnd = try TLSSession.accepting(pair[0], context: server)
    let clientEnd = try TLSSession.connecting(pair[1], serverName: name, context: client)
    var outcomes = (server: TLSOutcome.wantRead, client: TLSOutcome.wantRead)
    for _ in 0..<10 {
      if outcomes.client == .wantRead { outcomes.client = clientEnd.handshake() }
      if outcomes.server == .wantRead { outcomes.server = serverEnd.handshake() }
    }
    if outcomes.server == .complete(0), outcomes.client == .complete(0) {
      try body(serverEnd, clientEnd)
    }
    return outcomes
  }

  @Test func `two ends shake hands over TLS 1.3, carry bytes, and close in order`() async throws {
    let made = try await TestAuthority.make()
    let server = try TLSContext.server(
      certificateChain: made.certificate("localhost"), privateKey: made.key("localhost"))
    let client = try TLSContext.client(authority: made.authority)
    let outcomes = try handshake(server: server, client: client) { server, client in
      let seen = (server.version, client.peerSubject, server.peerSubject)
      #expect(seen == ("TLSv1.3", "CN=localhost", nil))
      let sent = Array("hello".utf8)
      #expect(sent.withUnsafeBytes { client.write($0) } == .complete(5))
      var buffer = [UInt8](repeating: 0, count: 64)
      #expect(buffer.withUnsafeMutableBytes { server.read(into: $0) } == .complete(5))
      #expect(Array(buffer.prefix(5)) == sent)
      let hasPending = server.hasPending
      #expect(!hasPending)
      #expect(buffer.withUnsafeMutableBytes { server.read(into: $0) } == .wantRead)
      #expect(client.shutdown() == .complete(0))
      #expect(buffer.withUnsafeMutableBytes { server.read(into: $0) } == .closed)
    }
    #expect(outcomes == (.complete(0), .complete(0)))
  }

  @Test func `a certificate for another name is refused and the error says so`() async throws {
    let made = try await TestAuthority.make()
    let server = try TLSContext.server(
      certificateChain: made.certificate("localhost"), privateKey: made.key("localhost"))
    let client = try TLSContext.client(authority: made.authority)
    let byName = try handshake(server: server, client: client, name: "example.org")
    guard case .failed(let error) = byName.client else {
      Issue.record("\(byName.client)")
      return
    }
    #expect(error.description.contains("hostname mismatch"), "\(error)")
    let byAddress = try handshake(server: server, client: client, name: "127.0.0.1")
    #expect(byAddress.client == .complete(0))
    let otherAddress = try handshake(server: server, client: client, name: "127.0.0.2")
    #expect(otherAddress.client != .complete(0))
    #expect(throws: TLSError.self) { try handshake(server: server, client: client, name: "") }
  }

  @Test func `a server of another authority is refused`() async throws {
    let made = try await TestAuthority.make()
    let other = try await TestAuthority.make()
    let server = try TLSContext.server(
      certificateChain: other.certificate("localhost"), privateKey: other.key("localhost"))
    let outcomes = try handshake(
      server: server, client: try TLSContext.client(authority: made.authority))
    guard case .failed = outcomes.client else {
      Issue.record("\(outcomes.client)")
      return
    }
  }

  @Test func `a server that wants a client's certificate gets it or refuses`() async throws {
    let made = try await TestAuthority.make(["localhost", "agent"])
    let server = try TLSContext.server(
      certificateChain: made.certificate("localhost"), privateKey: made.key("localhost"),
      clientAuthority: made.authority, requiresClientCertificate: true)
    let anonymous = try handshake(
      server: server, client: try TLSContext.client(authority: made.authority))
    #expect(anonymous.server != .complete(0))
    let agent = try TLSContext.client(
      authority: made.authority, certificateChain: made.certificate("agent"),
      privateKey: made.key("agent"))
    var subject: String?
    _ = try handshake(server: server, client: agent) { server, _ in subject = server.peerSubject }
    #expect(subject == "CN=agent")
  }

  @Test func `files that are not there or do not belong together are named`() async throws {
    let made = try await TestAuthority.make(["a", "b"])
    #expect(throws: TLSError.self) {
      try TLSContext.server(certificateChain: "/nonexistent.pem", privateKey: made.key("a"))
    }
    #expect(throws: TLSError.self) {
      try TLSContext.server(certificateChain: made.certificate("a"), privateKey: made.key("b"))
    }
    let missing = #expect(throws: TLSError.self) {
      try TLSContext.client(authority: "/nonexistent.pem")
    }
    #expect(missing?.description.contains("/nonexistent.pem: No such file or directory") == true)
    #expect(throws: TLSError.self) {
      try TLSContext.client(authority: made.authority, certificateChain: made.certificate("a"))
    }
  }
}
