import Messages
import RPCClient
import Synchronization

/// The feeds that pages follow: one for each session and organization, which the session's pages
/// share. Owns the tasks that they run in.
package final class LiveHub: Sendable {
  package typealias MakeSource = @Sendable (Session, _ organization: String) -> any LiveSource

  private struct Key: Hashable {
    let session: UInt64
    let organization: String
  }

  private struct Entry {
    let feed: LiveFeed
    let task: Task<Void, Never>
  }

  private struct State {
    var entries: [Key: Entry] = [:]
    var lastGeneration: UInt64
    /// What every feed tells of besides its organization.
    var shared: [LiveKey: String] = [:]
    var isClosed = false
  }

  /// A page follows a feed, until this is let go.
  package final class Follower: Sendable {
    package let feed: LiveFeed
    package let subscription: LiveSubscription

    fileprivate init?(_ feed: LiveFeed) {
      guard let subscription = feed.subscribe() else { return nil }
      self.feed = feed
      self.subscription = subscription
    }

    deinit { feed.unsubscribe(subscription) }
  }

  private let state: Mutex<State>
  private let makeSource: MakeSource
  private let time: LiveTime

  package init(time: LiveTime = .system, makeSource: @escaping MakeSource) {
    self.time = time
    self.makeSource = makeSource
    // Another process' cursors say nothing here.
    state = Mutex(State(lastGeneration: UInt64.random(in: 1 << 32..<1 << 52)))
  }

  /// Follows an organization. Nil: as many feeds or pages are followed as may be.
  package func follow(_ organization: String, as session: Session) -> Follower? {
    let key = Key(session: session.number, organization: organization)
    return state.withLock { state in
      if let feed = state.entries[key]?.feed, feed.ending == nil {
        return Follower(feed)
      }
      let own = state.entries.keys.count { $0.session == session.number }
      guard !state.isClosed, state.entries.count < ConsoleLimits.feeds,
        own < ConsoleLimits.feedsOfSession
      else { return nil }
      let feed = begin(key, session, &state)
      return Follower(feed)
    }
  }

  /// Ends the feeds of a session that is over.
  package func end(session number: UInt64) {
    let feeds = state.withLock { state in
      state.entries.filter { $0.key.session == number }.map(\.value)
    }
    for entry in feeds {
      entry.feed.end(.signedOut)
      entry.task.cancel()
    }
  }

  /// Keeps and tells every feed of what belongs to none; nil takes it away.
  package func share(_ values: [LiveKey: String?]) {
    let feeds = state.withLock { state in
      for (key, json) in values { state.shared[key] = json }
      return state.entries.values.map(\.feed)
    }
    for feed in feeds {
      feed.update { live in
        for (key, json) in values {
          if let json { live.set(key, json) } else { live.remove(key) }
        }
      }
    }
  }

  /// Whether anybody follows anything.
  package var isFollowed: Bool { state.withLock { !$0.entries.isEmpty } }

  /// Ends all feeds and takes no more; returns when they have ended.
  package func close() async {
    let entries = state.withLock { state in
      state.isClosed = true
      return Array(state.entries.values)
    }
    for entry in entries {
      entry.feed.end(.closing)
      entry.task.cancel()
    }
    for entry in entries { await entry.task.value }
  }

  private func begin(_ key: Key, _ session: Session, _ state: inout State) -> LiveFeed {
    state.lastGeneration += 1
    let feed = LiveFeed(
      source: makeSource(session, key.organization), time: time,
      generation: state.lastGeneration)
    let shared = state.shared
    feed.update { live in
      for (key, json) in shared.sorted(by: { $0.key.id.count < $1.key.id.count }) {
        live.set(key, json)
      }
    }
    // Owned by the entry: ended by `end(session:)` and `close`, else by the feed itself. Detached:
    // the trace and the time of the request that began it are not the feed's.
    let task = Task.detached {
      await feed.run()
      self.forget(key, feed)
    }
    state.entries[key] = Entry(feed: feed, task: task)
    return feed
  }

  private func forget(_ key: Key, _ feed: LiveFeed) {
    state.withLock { state in
      if state.entries[key]?.feed === feed { state.entries[key] = nil }
    }
  }
}
