import Console
import RPCClient
import TestSupport
import Testing

/// The feeds of all pages.
@Suite(.timeLimit(.minutes(1))) struct LiveHubTests {
  private let hub = LiveHub(time: ManualTime().live) { _, _ in FakeSource() }

  private func session(_ number: UInt64) -> Session {
    Session(
      number: number, account: "a", requestToken: "t", credentials: FixedCredentials("k"))
  }

  @Test func `pages of one session and organization share a feed, others do not`() async throws {
    let first = try #require(hub.follow("o", as: session(1)))
    let second = try #require(hub.follow("o", as: session(1)))
    let foreign = try #require(hub.follow("o", as: session(2)))
    let other = try #require(hub.follow("p", as: session(1)))
    #expect(first.feed === second.feed)
    #expect(first.feed !== foreign.feed)
    #expect(first.feed !== other.feed)
    await hub.close()
    #expect(first.feed.ending == .closing)
    #expect(hub.follow("o", as: session(1)) == nil)
  }

  @Test func `a session's end ends its feeds and no other's`() async throws {
    let own = try #require(hub.follow("o", as: session(1)))
    let other = try #require(hub.follow("o", as: session(2)))
    hub.end(session: 1)
    #expect(own.feed.ending == .signedOut)
    #expect(other.feed.ending == nil)
    let again = try #require(hub.follow("o", as: session(1)))
    #expect(again.feed !== own.feed)
    await hub.close()
  }

  @Test func `neither a session nor all together follow more than they may`() async throws {
    for index in 0..<ConsoleLimits.feedsOfSession {
      #expect(hub.follow("o\(index)", as: session(1)) != nil)
    }
    #expect(hub.follow("one more", as: session(1)) == nil)
    #expect(hub.follow("o0", as: session(1)) != nil, "what is followed can be followed twice")
    for number in 2...UInt64(ConsoleLimits.feeds - ConsoleLimits.feedsOfSession + 1) {
      #expect(hub.follow("o", as: session(number)) != nil)
    }
    #expect(hub.follow("o", as: session(1 << 40)) == nil)
    await hub.close()
    #expect(!hub.isFollowed)
  }

  @Test func `what belongs to no organization reaches every feed, also those that begin later`()
    async throws
  {
    let early = try #require(hub.follow("o", as: session(1)))
    let key = LiveKey(.scheduler)
    hub.share([key: "1"])
    let late = try #require(hub.follow("o", as: session(2)))
    for feed in [early.feed, late.feed] {
      let values = try #require(feed.changes(after: nil)).values
      #expect(values.contains { $0.key == key && $0.json == "1" })
    }
    hub.share([key: nil])
    #expect(early.feed.changes(after: nil)?.values.contains { $0.key == key } == false)
    await hub.close()
  }

  @Test func `cursors of one feed say nothing to the next`() async throws {
    let first = try #require(hub.follow("o", as: session(1)))
    first.feed.update { $0.set(LiveKey(.link), "1") }
    let cursor = try #require(first.feed.changes(after: nil)).cursor
    hub.end(session: 1)
    let second = try #require(hub.follow("o", as: session(1)))
    second.feed.update { $0.set(LiveKey(.link), "2") }
    #expect(try #require(second.feed.changes(after: cursor)).isWhole)
    await hub.close()
  }
}
