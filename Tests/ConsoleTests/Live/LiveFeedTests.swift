import Console
import Messages
import TestSupport
import Testing
import Wire

/// A feed over an organization that a test moves.
@Suite(.timeLimit(.minutes(1))) struct LiveFeedTests {
  private let source = FakeSource()
  private let time = ManualTime()
  private let feed: LiveFeed

  init() { feed = LiveFeed(source: source, time: time.live, generation: 1) }

  /// Runs the feed beside `body`.
  private func running(_ body: () async throws -> Void) async throws {
    let feed = feed
    let task = Task { await feed.run() }
    do { try await body() } catch {
      task.cancel()
      await task.value
      throw error
    }
    task.cancel()
    await task.value
  }

  private func json(_ kind: LiveKey.Kind, _ id: String = "") -> String? {
    feed.changes(after: nil)?.values.first { $0.key == LiveKey(kind, id) }?.json
  }

  private func waitUntil(_ what: String, _ condition: () -> Bool) async throws {
    try await time.advance(until: what, condition)
  }

  @Test func `it shows what is, ended ones too, and then what changes`() async throws {
    source.put(
      current: [.fake("a")], newest: [.fake("a"), .fake("old", .completed)],
      clusters: [.fake("c")])
    try await running {
      try await waitUntil("all to be there") {
        json(.deployment, "a") != nil && json(.deployment, "old") != nil
          && json(.cluster, "c") != nil
      }
      #expect(json(.link) == #"{"berthd":"here"}"#)
      #expect(json(.sample, "1")?.contains(#""queued":1"#) == true)
      source.tell(.fake("a", .running, at: 5))
      try await waitUntil("the change") { json(.deployment, "a")?.contains("RUNNING") == true }
      source.put(clusters: [.fake("c", allocated: 500)])
      source.tell(.fake("b", .queued, at: 6))
      try await waitUntil("the cluster's change") { json(.cluster, "c")?.contains("500") == true }
    }
  }

  @Test func `what is older than what is known changes nothing`() async throws {
    source.put(current: [.fake("a", .running, at: 9)])
    try await running {
      try await waitUntil("it to be there") { json(.deployment, "a") != nil }
      source.tell(.fake("a", .queued, at: 3))
      source.tell(.fake("b", .queued, at: 1))
      try await waitUntil("the one after it") { json(.deployment, "b") != nil }
      #expect(json(.deployment, "a")?.contains("RUNNING") == true)
    }
  }

  @Test func `secrets and commands of a deployment are not kept`() async throws {
    var deployment = Deployment.fake("a")
    deployment.env = ["TOKEN": "hush"]
    deployment.command = ["--key", "hush"]
    source.put(current: [deployment])
    try await running {
      try await waitUntil("it to be there") { json(.deployment, "a") != nil }
      #expect(json(.deployment, "a")?.contains("hush") == false)
    }
  }

  @Test func `berthd's absence is told, and what happened meanwhile after it`() async throws {
    source.put(current: [.fake("a"), .fake("gone")], clusters: [.fake("c")])
    try await running {
      try await waitUntil("all to be there") {
        json(.cluster, "c") != nil && json(.deployment, "gone") != nil
      }
      source.fail(RPCStatus(.unavailable, "cannot connect to 10.0.0.1"))
      try await waitUntil("it to be told") { json(.link) == #"{"berthd":"away"}"# }
      #expect(json(.deployment, "a") != nil, "what was known stands meanwhile")
      #expect(feed.ending == nil)
      // "a" ended while nobody looked and is older than the newest; "gone" is not there any more.
      source.put(newest: [.fake("a", .failed, at: 7)], clusters: [.fake("c")])
      source.fail(nil)
      try await waitUntil("it to be back") { json(.link) == #"{"berthd":"here"}"# }
      try await waitUntil("the end to be told") {
        json(.deployment, "a")?.contains("FAILED") == true
      }
      try await waitUntil("the other to go") { json(.deployment, "gone") == nil }
      #expect(source.watches > 1)
    }
  }

  @Test(arguments: [
    (StatusCode.unauthenticated, LiveEnding.signedOut), (.permissionDenied, .noAccess),
    (.notFound, .noAccess),
  ])
  func `a refusal ends it with a reason`(code: StatusCode, ending: LiveEnding) async throws {
    let subscription = try #require(feed.subscribe())
    try await running {
      source.fail(RPCStatus(code, "no"))
      try await waitUntil("it to end") { feed.ending != nil }
      #expect(feed.ending == ending)
      for await _ in subscription.signals {}
      #expect(feed.subscribe() == nil)
    }
  }

  @Test func `nobody follows it for a while: it ends by itself`() async throws {
    let task = Task { [feed] in await feed.run() }
    let subscription = try #require(feed.subscribe())
    try await time.advance(until: "some beats", by: .seconds(15)) { source.isFollowed }
    time.advance(by: .seconds(120))
    #expect(feed.ending == nil, "somebody follows it")
    feed.unsubscribe(subscription)
    try await time.advance(until: "its end", by: .seconds(15)) { feed.ending != nil }
    #expect(feed.ending == .unused)
    await task.value
  }

  @Test func `a page is woken by changes and by beats, one at a time`() async throws {
    try await running {
      let subscription = try #require(feed.subscribe())
      var signals = subscription.signals.makeAsyncIterator()
      #expect(await signals.next() == .change)
      for value in 0..<100 { feed.update { $0.set(LiveKey(.link), "\(value)") } }
      #expect(await signals.next() == .change)
      try await time.advance(until: "a beat", by: .seconds(16)) { time.sleepers >= 2 }
      time.advance(by: .seconds(16))
      #expect(await signals.next() != nil)
    }
  }

  @Test func `it takes no more pages than it may`() throws {
    var subscriptions = try (0..<ConsoleLimits.subscribersOfFeed).map { _ in
      try #require(feed.subscribe())
    }
    #expect(feed.subscribe() == nil)
    feed.unsubscribe(subscriptions.removeLast())
    #expect(feed.subscribe() != nil)
  }

  @Test func `it keeps no more than it may: the oldest ended go first`() async throws {
    let ended = (0..<ConsoleLimits.feedEndedDeployments + 50).map {
      Deployment.fake("e\($0)", .completed, at: Int64($0))
    }
    let waiting = (0..<ConsoleLimits.feedDeployments).map { Deployment.fake("q\($0)") }
    source.put(current: ended + waiting)
    try await running {
      try await waitUntil("the last to be there") {
        json(.deployment, "q\(ConsoleLimits.feedDeployments - 1)") != nil
      }
      let all = try #require(feed.changes(after: nil)).values.filter { $0.key.kind == .deployment }
      #expect(all.count == ConsoleLimits.feedDeployments)
      #expect(all.allSatisfy { $0.key.id.hasPrefix("q") })
    }
  }
}
