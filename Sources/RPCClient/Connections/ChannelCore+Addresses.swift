import EventLoop
import Transport

extension ChannelCore {
  /// Looks the target's servers up, unless that is under way.
  func resolve() {
    guard resolution == nil else { return }
    if let resolveTimer { loop.cancel(resolveTimer) }
    resolveTimer = nil
    let resolution = Resolution()
    self.resolution = resolution
    let resolver = options.resolver ?? ClientRuntime.resolve
    resolution.begin(target, loop: loop, resolver: resolver) { resolution in
      self.resolved(resolution)
    }
  }

  /// Something failed, so the addresses may have changed: looks again, but not too often.
  func resolveSoon() {
    guard resolution == nil, resolveTimer == nil else { return }
    let age = loop.nanoseconds &- resolvedAt
    let interval = ClientLimits.resolveInterval.clampedNanoseconds
    guard age < interval else { return resolve() }
    let rest = Duration.nanoseconds(Int64(clamping: interval - age))
    resolveTimer = loop.schedule(after: rest) {
      self.resolveTimer = nil
      self.resolve()
    }
  }

  private func resolved(_ resolution: Resolution) {
    if case .closed = state { return }
    self.resolution = nil
    resolvedAt = loop.nanoseconds
    resolutionFailures = resolution.failures
    replaceAddresses(resolution)
    guard !subchannels.isEmpty else { return roundFailed(failure) }
    connectAfterResolution()
    showState()
    startWaiting()
  }

  /// Keeps those that are still there, and those of names that could not be looked up now.
  private func replaceAddresses(_ resolution: Resolution) {
    let unknown = Set(resolution.failures.map(\.endpoint))
    var kept: [ServerAddress: SubChannel] = [:]
    for subchannel in subchannels { kept[subchannel.server] = subchannel }
    var next: [SubChannel] = []
    for server in resolution.addresses {
      next.append(kept.removeValue(forKey: server) ?? SubChannel(server, core: self))
    }
    for subchannel in subchannels where kept[subchannel.server] != nil {
      if unknown.contains(subchannel.server.endpoint) {
        next.append(subchannel)
      } else {
        retire(subchannel)
      }
    }
    subchannels = next
  }

  /// No more calls to this address; those under way may end.
  private func retire(_ subchannel: SubChannel) {
    let connections = subchannel.retire()
    subchannel.cancelAttempt()
    for connection in connections {
      connection.connection?.drain(grace: ClientLimits.retiredGrace)
    }
  }
}
