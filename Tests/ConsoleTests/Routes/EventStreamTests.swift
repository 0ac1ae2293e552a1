import Hummingbird
import HTTPTypes
import NIOCore
import RPCClient
import Synchronization
import TestSupport
import Testing

@testable import Console

/// A feed's events on their way to a page.
@Suite(.timeLimit(.minutes(1))) struct EventStreamTests {
  /// What a page has read; one that stalls takes nothing after the first write.
  private final class Page: Sendable {
    let text = Mutex("")
    let stalls: Bool

    init(stalls: Bool = false) { self.stalls = stalls }

    var read: String { text.withLock { $0 } }
  }

  private struct Writer: ResponseBodyWriter {
    let page: Page

    mutating func write(_ buffer: ByteBuffer) async throws {
      if page.stalls, !page.read.isEmpty { try await Task.sleep(for: .seconds(3_600)) }
      page.text.withLock { $0 += String(buffer: buffer) }
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
  }

  private let hub = LiveHub(time: ManualTime().live) { _, _ in FakeSource() }
  private let session = Session(
    number: 1, account: "a", requestToken: "t", credentials: FixedCredentials("k"))

  private func stream(after cursor: LiveCursor? = nil) throws -> EventStream {
    EventStream(
      follower: try #require(hub.follow("o", as: session)), cursor: cursor,
      isSignedIn: { true })
  }

  @Test func `a page is told all, then changes, then the end`() async throws {
    let page = Page()
    let stream = try stream()
    let feed = stream.follower.feed
    feed.update { $0.set(LiveKey(.link), "1") }
    async let written: Void = stream.write(to: PageWriter(Writer(page: page)))
    try await eventually("all") { page.read.contains("event: all\n") }
    feed.update { $0.set(LiveKey(.link), "2") }
    try await eventually("the change") { page.read.contains("data: {\"link\":[2]}\n\n") }
    feed.end(.signedOut)
    try await written
    #expect(page.read.hasPrefix("retry: "))
    #expect(page.read.hasSuffix("event: end\ndata: {\"reason\":\"signedOut\"}\n\n"))
    await hub.close()
  }

  @Test func `a page that comes back is told what it has missed`() async throws {
    let first = try stream()
    let feed = first.follower.feed
    feed.update { $0.set(LiveKey(.link), "1") }
    let cursor = try #require(feed.changes(after: nil)).cursor
    feed.update { $0.set(LiveKey(.quota), "2") }
    let page = Page()
    async let written: Void = stream(after: cursor).write(to: PageWriter(Writer(page: page)))
    try await eventually("the change") { page.read.contains("event: changes\n") }
    feed.end(.closing)
    try await written
    #expect(page.read.contains("data: {\"quota\":[2]}"))
    #expect(!page.read.contains("link"))
    await hub.close()
  }

  @Test func `a page that takes nothing is cut off`() async throws {
    var stream = try stream()
    stream.stall = .milliseconds(80)
    let page = Page(stalls: true)
    let slow = stream
    await #expect(throws: EventStream.Stalled.self) {
      try await slow.write(to: PageWriter(Writer(page: page)))
    }
    await hub.close()
  }

  @Test func `a page that goes takes its stream with it`() async throws {
    let stream = try stream()
    let page = Page()
    let task = Task { try await stream.write(to: PageWriter(Writer(page: page))) }
    try await eventually("the beginning") { !page.read.isEmpty }
    task.cancel()
    _ = await task.result
    await hub.close()
  }
}
