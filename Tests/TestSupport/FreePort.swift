import Glibc

/// TCP ports of the loopback interface that nothing listens on.
package enum FreePort {
  /// A port that was free a moment ago; another process may take it, so prefer port 0 where the
  /// program can.
  package static func find() throws -> Int {
    let (descriptor, port) = try LoopbackSocket.listen(backlog: 1)
    close(descriptor)
    return port
  }

  /// Starts a program on a free port; on another one if it ends early, as when somebody else took
  /// the port in between.
  package static func start<Program>(
    attempts: Int, _ start: (Int) async throws -> Program
  ) async throws -> Program {
    for _ in 1..<attempts {
      do { return try await start(try find()) } catch ChildProcessError.endedEarly { continue }
    }
    return try await start(try find())
  }
}
