import EventLoop

/// One look-up of every server of a target. Its task is owned by the channel's core, which cancels
/// it when it is not wanted any more. Confined to the channel's loop.
final class Resolution: @unchecked Sendable {
  // @unchecked: confined to its loop.
  struct Failure {
    let endpoint: Target.Endpoint
    let reason: String
  }

  /// In the order of the target, each once.
  private(set) var addresses: [ServerAddress] = []
  private(set) var failures: [Failure] = []
  private var task: Task<Void, Never>?
  private(set) var isCancelled = false

  /// Calls `completion` on the loop when all is known, unless it was cancelled.
  func begin(
    _ target: Target, loop: EventLoop, resolver: @escaping ChannelOptions.Resolver,
    _ completion: @escaping @Sendable (Resolution) -> Void
  ) {
    task = loop.spawn {
      var seen: Set<ServerAddress> = []
      for endpoint in target.endpoints {
        do {
          for address in try await resolver(endpoint.host, endpoint.port) {
            let server = ServerAddress(endpoint: endpoint, address: address)
            guard self.addresses.count < ClientLimits.addresses else { break }
            if seen.insert(server).inserted { self.addresses.append(server) }
          }
        } catch {
          self.failures.append(Failure(endpoint: endpoint, reason: "\(error)"))
        }
      }
      if !self.isCancelled { completion(self) }
    }
  }

  func cancel() {
    isCancelled = true
    task?.cancel()
  }
}
