package import EventLoop

/// One address of one of a target's servers.
package struct ServerAddress: Hashable, Sendable {
  /// As the target names it.
  package let endpoint: Target.Endpoint
  package let address: SocketAddress

  package init(endpoint: Target.Endpoint, address: SocketAddress) {
    self.endpoint = endpoint
    self.address = address
  }
}
