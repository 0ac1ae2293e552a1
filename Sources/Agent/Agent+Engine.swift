import ContainerEngine
import Logging

/// Following the engine.
extension Agent {
  /// Follows the engine until the task is cancelled.
  func followEngine() -> Task<Void, Never> {
    Task {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await self.followEvents() }
        group.addTask { await self.resync() }
        await group.waitForAll()
      }
    }
  }

  private func followEvents() async {
    var backoff = Backoff(first: .milliseconds(100), most: .seconds(10))
    let cluster = state.cluster
    while !Task.isCancelled {
      do throws(EngineError) {
        let events = try await engine.events(cluster: cluster)
        while true {
          let event = try await events.next()
          if Task.isCancelled { return }
          take(.engine(event))
          backoff.reset()
        }
      } catch {
        if Task.isCancelled { return }
        logger.warning("the engine's events ended", metadata: ["error": "\(error)"])
        try? await clock.sleep(for: backoff.next())
      }
    }
  }

  private func resync() async {
    let cluster = state.cluster
    while !Task.isCancelled {
      try? await clock.sleep(for: AgentLimits.resyncInterval)
      guard !Task.isCancelled, let records = try? await engine.list(cluster: cluster) else {
        continue
      }
      if !Task.isCancelled { take(.engine(.snapshot(records))) }
    }
  }
}
