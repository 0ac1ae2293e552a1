import Cryptography
import Foundation
import Synchronization
import TestSupport

/// A server that does what a script says on each connection, right or wrong, on threads of its own.
///
/// For tests with a handful of connections.
final class RawServer: Sendable {
  /// What to do on a connection, the first of which is number 0. What it throws is a failure of
  /// the test, which asks for `failures`.
  typealias Script = @Sendable (_ connection: RawConnection, _ number: Int) throws -> Void

  private struct State {
    var accepted = 0
    var running = 0
    var failures: [String] = []
  }

  private static let backlog: Int32 = 16

  let port: Int
  private let listener: Int32
  private let script: Script
  private let state = Mutex(State())

  private init(_ script: @escaping Script, receiveBytes: Int32?) throws {
    self.script = script
    (listener, port) = try LoopbackSocket.listen(
      backlog: Self.backlog, receiveBytes: receiveBytes)
  }

  /// Lends a server to `body`; then every script must have come to its end without a failure.
  /// `receiveBytes`: of its sockets' receive buffers; nil: as the system sizes them.
  static func with(
    receiveBytes: Int32? = nil, _ script: @escaping Script,
    _ body: (RawServer) async throws -> Void
  ) async throws {
    let server = try RawServer(script, receiveBytes: receiveBytes)
    let certificates = try TestEnvironment.certificates()
    let context = try TLSContext.server(
      certificateChain: certificates.server, privateKey: certificates.serverKey)
    Thread.detachNewThread { server.acceptAll(context) }
    let result: Result<Void, any Error>
    do { result = .success(try await body(server)) } catch { result = .failure(error) }
    Glibc.shutdown(server.listener, Int32(SHUT_RDWR))
    let failures = server.failures
    if case .failure(let error) = result, !failures.isEmpty {
      throw RawConnection.Failed(description: "\(error); the server: \(failures)")
    }
    try result.get()
    try await eventually("every script to end", within: .seconds(30)) {
      server.state.withLock { $0.running == 0 }
    }
    guard server.failures.isEmpty else {
      throw RawConnection.Failed(description: "the server: \(server.failures)")
    }
  }

  /// Connections so far.
  var accepted: Int { state.withLock { $0.accepted } }
  private var failures: [String] { state.withLock { $0.failures } }

  private func acceptAll(_ context: TLSContext) {
    while true {
      let descriptor = accept(listener, nil, nil)
      if descriptor < 0 {
        if errno == EINTR { continue }
        break
      }
      let number = state.withLock { state in
        defer { state.accepted += 1 }
        state.running += 1
        return state.accepted
      }
      Thread.detachNewThread { [self] in
        serve(descriptor, context, number)
        state.withLock { $0.running -= 1 }
      }
    }
    close(listener)
  }

  private func serve(_ descriptor: Int32, _ context: TLSContext, _ number: Int) {
    // A client may be closed while its pool grows: one that needed the handshake tells of it.
    guard let connection = try? RawConnection.accept(owning: descriptor, context: context) else {
      return
    }
    do {
      try script(connection, number)
    } catch {
      state.withLock { $0.failures.append("connection \(number): \(error)") }
    }
  }
}
