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
}
