import Messages
import Synchronization
import Wire

extension LiveFeed {
  /// Follows deployments, again after each failure.
  func followDeployments() async {
    var delay = ConsoleLimits.followDelay
    while !Task.isCancelled {
      state.withLock { state in
        state.book.beginWatch()
        state.looksSinceWatch = 0
        state.wantsNewest = true
      }
      do throws(RPCStatus) {
        try await source.follow { deployment in
          self.take(deployment)
          self.askForLook()
        }
        delay = ConsoleLimits.followDelay
      } catch {
        if Self.isRefusal(error) { return end(Self.ending(for: error)) }
      }
      // A look finds out whether berthd is away.
      askForLook()
      do { try await time.sleep(delay) } catch { return }
      delay = min(delay * 2, ConsoleLimits.longestFollowDelay)
    }
  }

  /// Looks when asked to, and at a slow beat.
  func lookAtClusters() async {
    await withTaskGroup { group in
      group.addTask {
        while (try? await self.time.sleep(ConsoleLimits.lookInterval)) != nil { self.askForLook() }
      }
      for await _ in nudges {
        do { try await time.sleep(ConsoleLimits.lookDelay) } catch { break }
        while await !look() {
          do { try await time.sleep(ConsoleLimits.lookIntervalAway) } catch { break }
        }
      }
      group.cancelAll()
    }
  }

  private func take(_ deployment: Deployment) {
    change { state in
      let outcome = state.book.take(deployment)
      if let shown = outcome.shown {
        state.live.set(LiveKey(.deployment, shown.id), shown.jsonString())
      }
      for id in outcome.dropped { state.live.remove(LiveKey(.deployment, id)) }
    }
  }

  /// False: berthd could not be asked.
  private func look() async -> Bool {
    do throws(RPCStatus) {
      let clusters = try await source.clusters()
      let quota = try await source.quota()
      if state.withLock({ $0.wantsNewest }) {
        // Older ones first: where there is no room for all, the newest stay.
        for deployment in try await source.newestDeployments().reversed() { take(deployment) }
        state.withLock { $0.wantsNewest = false }
      }
      try await askForUnconfirmed()
      keep(clusters, quota)
      return true
    } catch {
      if Task.isCancelled { return true }
      if Self.isRefusal(error) {
        end(Self.ending(for: error))
        return true
      }
      update { $0.set(LiveKey(.link), JSONText.object(["berthd": JSONText.quoted("away")])) }
      return false
    }
  }

  /// What the watch did not tell of since it began has ended meanwhile. It is given the time
  /// between two looks to tell.
  private func askForUnconfirmed() async throws(RPCStatus) {
    let ids = state.withLock { state in
      state.looksSinceWatch += 1
      return state.looksSinceWatch > 1 ? Array(state.book.unconfirmed) : []
    }
    for id in ids {
      if let deployment = try await source.deployment(id) {
        take(deployment)
      } else {
        change { state in
          state.book.drop(id)
          state.live.remove(LiveKey(.deployment, id))
        }
      }
    }
  }

  private func keep(_ clusters: [Cluster], _ quota: OrganizationQuota?) {
    let now = time.now()
    change { state in
      let kept = Set(clusters.map(\.id))
      for key in Array(state.live.keys) where key.kind == .cluster && !kept.contains(key.id) {
        state.live.remove(key)
      }
      for cluster in clusters {
        state.live.set(LiveKey(.cluster, cluster.id), cluster.jsonString())
      }
      if let quota { state.live.set(LiveKey(.quota), quota.jsonString()) }
      state.live.set(LiveKey(.link), JSONText.object(["berthd": JSONText.quoted("here")]))
      let sample = OrganizationSample(
        at: now, clusters: clusters, deployments: state.book.values, quota: quota)
      guard let change = state.samples.add(at: now) else { return }
      state.live.set(LiveKey(.sample, change.added), sample.json)
      if let removed = change.removed { state.live.remove(LiveKey(.sample, removed)) }
    }
  }

  private static func isRefusal(_ status: RPCStatus) -> Bool {
    switch status.code {
    case .unauthenticated, .permissionDenied, .notFound, .invalidArgument: true
    default: false
    }
  }

  private static func ending(for status: RPCStatus) -> LiveEnding {
    status.code == .unauthenticated ? .signedOut : .noAccess
  }
}
