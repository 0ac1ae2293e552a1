import Messages
import Synchronization
import Wire

/// Follows one organization for the pages of one session, and keeps what they show. Lives while
/// `run` does.
package final class LiveFeed: Sendable {
  struct State {
    var live: LiveState
    var book = DeploymentBook()
    var subscribers: [UInt64: AsyncStream<LiveSubscription.Signal>.Continuation] = [:]
    var lastSubscriber: UInt64 = 0
    /// Silence with nobody following.
    var unusedFor = Duration.zero
    var ending: LiveEnding?
    /// The newest deployments are to be listed: at the start, and after a watch broke off.
    var wantsNewest = true
    var looksSinceWatch = 0
    var samples = SampleRing()
  }

  let state: Mutex<State>
  let source: any LiveSource
  let time: LiveTime
  /// Asks for a look at clusters and quota. The latest of several is enough.
  let nudges: AsyncStream<Void>
  private let nudge: AsyncStream<Void>.Continuation

  package init(source: any LiveSource, time: LiveTime, generation: UInt64) {
    self.source = source
    self.time = time
    state = Mutex(State(live: LiveState(generation: generation)))
    (nudges, nudge) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Follows until nobody has followed it for a while, `end` is called or the task is cancelled.
  package func run() async {
    askForLook()
    await withTaskGroup { group in
      group.addTask { await self.followDeployments() }
      group.addTask { await self.lookAtClusters() }
      group.addTask { await self.beat() }
      await group.next()
      group.cancelAll()
    }
    end(.closing)
  }

  // MARK: Pages

  /// Nil: it has ended, or as many pages follow it as may.
  package func subscribe() -> LiveSubscription? {
    let (signals, signal) = AsyncStream.makeStream(
      of: LiveSubscription.Signal.self, bufferingPolicy: .bufferingNewest(1))
    return state.withLock { state in
      guard state.ending == nil, state.subscribers.count < ConsoleLimits.subscribersOfFeed else {
        return nil
      }
      state.lastSubscriber += 1
      state.subscribers[state.lastSubscriber] = signal
      state.unusedFor = .zero
      signal.yield(.change)
      return LiveSubscription(number: state.lastSubscriber, signals: signals)
    }
  }

  package func unsubscribe(_ subscription: LiveSubscription) {
    state.withLock { $0.subscribers.removeValue(forKey: subscription.number) }?.finish()
  }

  package func changes(after cursor: LiveCursor?) -> LiveChanges? {
    state.withLock { $0.live.changes(after: cursor) }
  }

  /// Nil: it goes on.
  package var ending: LiveEnding? { state.withLock { $0.ending } }

  // MARK: What it keeps

  /// Ends it for good; the first reason stands.
  package func end(_ reason: LiveEnding) {
    let subscribers = state.withLock { state in
      if state.ending == nil { state.ending = reason }
      defer { state.subscribers = [:] }
      return Array(state.subscribers.values)
    }
    for subscriber in subscribers {
      subscriber.yield(.change)
      subscriber.finish()
    }
    nudge.finish()
  }

  /// Changes what is kept, and tells the pages if anything did.
  package func update(_ body: (inout LiveState) -> Void) {
    change { body(&$0.live) }
  }

  func change(_ body: (inout State) -> Void) {
    let subscribers = state.withLock { state in
      let before = state.live.cursor
      body(&state)
      return state.live.cursor == before ? [] : Array(state.subscribers.values)
    }
    for subscriber in subscribers { subscriber.yield(.change) }
  }

  func askForLook() { nudge.yield() }

  /// Tells pages that the console is there. Returns when nobody has followed for a while.
  private func beat() async {
    while (try? await time.sleep(ConsoleLimits.heartbeat)) != nil {
      let subscribers = state.withLock { state in
        if state.subscribers.isEmpty { state.unusedFor += ConsoleLimits.heartbeat }
        return Array(state.subscribers.values)
      }
      for subscriber in subscribers { subscriber.yield(.beat) }
      if state.withLock({ $0.unusedFor }) >= ConsoleLimits.feedLinger { return end(.unused) }
    }
  }
}
