package import Domain
package import EventLoop
internal import Synchronization

/// Redis as the domain sees it: a lock, and notices between replicas. It never fails to open: while
/// Redis is away it keeps trying, commands throw, and notices are dropped.
package final class RedisClient: Sendable {
  private let loop: EventLoop
  private let resolver: BlockingPool
  private let channel: String
  private let connected = Atomic<Bool>(false)
  private let listeners = Mutex(Listeners())
  /// Set before anything runs on the loop, then read there.
  private let links: Links

  private struct Listeners {
    var all: [UInt64: AsyncStream<Notice>.Continuation] = [:]
    var next: UInt64 = 0
    var isClosed = false
  }

  /// Confined to the loop.
  private final class Links: @unchecked Sendable {
    // @unchecked: touched on the loop only.
    var commands: RedisLink?
    var subscription: RedisLink?
    let counts = CommandCounts()
  }

  private init(loop: EventLoop, channel: String) {
    self.loop = loop
    self.channel = channel
    resolver = BlockingPool(threads: 1, queueLimit: Limits.resolutions)
    links = Links()
  }

  /// Begins to connect. A `url` that is none is refused by `RedisURL` before.
  ///
  /// - Parameter prefix: of the channel's name, so that several installations can share one Redis.
  package static func open(
    url: RedisURL, loop: EventLoop, prefix: String = "berth:"
  ) -> RedisClient {
    let client = RedisClient(loop: loop, channel: "\(prefix)notices")
    loop.execute { client.start(url) }
    return client
  }

  private func start(_ url: RedisURL) {
    let commands = RedisLink(
      loop: loop, url: url, resolver: resolver,
      onReady: { [weak self] _ in
        self?.connected.store(true, ordering: .relaxed)
        self?.links.counts.connectionOpened()
      },
      onMessage: { _ in },
      onClosed: { [weak self] in self?.connected.store(false, ordering: .relaxed) })
    let subscription = RedisLink(
      loop: loop, url: url, resolver: resolver,
      onReady: { [weak self] connection in
        guard let self else { return }
        // Not before it is confirmed: a notice in between would be missed and nobody would look.
        connection.subscribe(self.channel) { [weak self] in self?.tell(.connected) }
      },
      onMessage: { [weak self] payload in
        if let notice = Notice(payload: payload) { self?.tell(notice) }
      },
      onClosed: {})
    (links.commands, links.subscription) = (commands, subscription)
    commands.open()
    subscription.open()
  }

  /// Whether commands can be sent now.
  package var isConnected: Bool { connected.load(ordering: .relaxed) }

  package func statistics() async -> RedisStatistics {
    await loop.run {
      let counts = self.links.counts
      var statistics = RedisStatistics()
      statistics.isConnected = self.isConnected
      statistics.openedConnections = counts.openedConnections
      statistics.droppedNotices = counts.droppedNotices
      statistics.commands = counts.all
      return statistics
    }
  }

  /// Ends both connections and every stream of notices.
  package func close() async {
    await loop.run {
      self.links.commands?.close()
      self.links.subscription?.close()
    }
    let ended = listeners.withLock { listeners in
      listeners.isClosed = true
      defer { listeners.all = [:] }
      return Array(listeners.all.values)
    }
    for listener in ended { listener.finish() }
    await resolver.shutdown()
  }

  /// Sends one command and waits for its answer.
  func call(_ arguments: [String]) async throws(LeaseError) -> RedisReply {
    let result = await loop.run { await self.answer(to: arguments) }
    switch result {
    case .failure(let failure): throw LeaseError(failure.message)
    case .success(.failure(let message)): throw LeaseError("Redis refused: \(message)")
    case .success(let reply): return reply
    }
  }

  private func answer(to arguments: [String]) async -> Result<RedisReply, RedisFailure> {
    await withUnsafeContinuation { continuation in
      guard let connection = links.commands?.ready else {
        let reason = links.commands?.lastFailure ?? "closed"
        let failure = RedisFailure("Redis is not reachable: \(reason)")
        links.counts.add(arguments[0], nanoseconds: 0, .failure(failure))
        return continuation.resume(returning: .failure(failure))
      }
      send(arguments, on: connection) { continuation.resume(returning: $0) }
    }
  }

  /// Counts it when it is answered. On the loop.
  private func send(
    _ arguments: [String], on connection: RedisConnection,
    _ complete: @escaping RedisConnection.Completion
  ) {
    let (loop, counts, begin) = (loop, links.counts, loop.nanoseconds)
    connection.send(arguments) { result in
      counts.add(arguments[0], nanoseconds: loop.nanoseconds &- begin, result)
      complete(result)
    }
  }

  private func tell(_ notice: Notice) {
    for listener in listeners.withLock({ Array($0.all.values) }) { listener.yield(notice) }
  }
}

extension RedisClient: Broadcast {
  package func publish(_ notice: Notice) {
    guard let payload = notice.payload else { return }
    loop.execute {
      guard let connection = self.links.commands?.ready,
        connection.outstanding < Limits.outstandingNotices
      else { return self.links.counts.noticeDropped() }
      self.send(["PUBLISH", self.channel, payload], on: connection) { _ in }
    }
  }

  package func notices() -> AsyncStream<Notice> {
    let (stream, continuation) = AsyncStream<Notice>.makeStream(
      bufferingPolicy: .bufferingNewest(Limits.bufferedNotices))
    let id = listeners.withLock { listeners -> UInt64? in
      guard !listeners.isClosed else { return nil }
      listeners.next += 1
      listeners.all[listeners.next] = continuation
      return listeners.next
    }
    guard let id else {
      continuation.finish()
      return stream
    }
    continuation.onTermination = { [weak self] _ in
      self?.listeners.withLock { _ = $0.all.removeValue(forKey: id) }
    }
    return stream
  }
}

extension Notice {
  private static let accessPrefix = "access:"

  /// Nil for what is this process's own matter.
  var payload: String? {
    switch self {
    case .connected: nil
    case .changed: "changed"
    case .accessChanged(let id): Self.accessPrefix + id
    }
  }

  /// Nil for what another version may say.
  init?(payload: [UInt8]) {
    guard let text = String(validating: payload, as: UTF8.self) else { return nil }
    if text == "changed" {
      self = .changed
    } else if text.hasPrefix(Self.accessPrefix) {
      self = .accessChanged(String(text.dropFirst(Self.accessPrefix.count)))
    } else {
      return nil
    }
  }
}
