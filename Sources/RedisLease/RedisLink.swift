internal import EventLoop

/// Keeps one connection to Redis: makes it, and makes it anew with backoff when it ends. Confined
/// to its loop.
final class RedisLink: @unchecked Sendable {
  // @unchecked: touched on its loop only.
  private let loop: EventLoop
  private let url: RedisURL
  private let resolver: BlockingPool
  private let onReady: (RedisConnection) -> Void
  private let onMessage: ([UInt8]) -> Void
  private let onClosed: () -> Void
  private(set) var connection: RedisConnection?
  private var isClosed = false
  private var backoff = Limits.firstBackoff
  private(set) var lastFailure = "not connected yet"

  init(
    loop: EventLoop, url: RedisURL, resolver: BlockingPool,
    onReady: @escaping (RedisConnection) -> Void, onMessage: @escaping ([UInt8]) -> Void,
    onClosed: @escaping () -> Void
  ) {
    self.loop = loop
    self.url = url
    self.resolver = resolver
    self.onReady = onReady
    self.onMessage = onMessage
    self.onClosed = onClosed
  }

  /// The connection, if commands can be sent on it.
  var ready: RedisConnection? { connection?.isReady == true ? connection : nil }

  func open() {
    guard !isClosed, connection == nil else { return }
    switch url.place {
    case .unix(let path): begin(RedisHandle.connect(unix: path))
    case .tcp(let host, let port): resolve(host, port)
    }
  }

  func close() {
    isClosed = true
    connection?.close("closed")
  }

  private func resolve(_ host: String, _ port: UInt16) {
    let (loop, resolver) = (loop, resolver)
    // Owned by the pool's bounded queue; ends with the look-up.
    Task(executorPreference: loop) { [weak self] in
      let result = await Self.lookUp(host, port, resolver)
      guard let self else { return }
      switch result {
      case .success(let address): self.begin(RedisHandle.connect(host: address, port: port))
      case .failure(let failure): self.retry(failure.message)
      }
    }
  }

  private static func lookUp(
    _ host: String, _ port: UInt16, _ resolver: BlockingPool
  ) async -> Result<String, RedisFailure> {
    do {
      let addresses = try await resolver.run { () throws(ResolutionError) in
        try SocketAddress.resolve(host: host, port: port)
      }
      guard let first = addresses.first else {
        return .failure(RedisFailure("\(host): no address"))
      }
      return .success(first.host)
    } catch {
      return .failure(RedisFailure("\(error)"))
    }
  }

  private func begin(_ handle: consuming RedisHandle?) {
    guard !isClosed else { return }
    guard let handle else { return retry("out of memory") }
    let made = RedisConnection(
      loop: loop, url: url, handle: handle,
      events: RedisConnection.Events(
        ready: { [weak self] in self?.connected() },
        message: { [weak self] payload in self?.onMessage(payload) },
        closed: { [weak self] failure in self?.ended(failure) }))
    connection = made
    made.start()
  }

  private func connected() {
    backoff = Limits.firstBackoff
    if let connection { onReady(connection) }
  }

  private func ended(_ failure: RedisFailure) {
    connection = nil
    onClosed()
    retry(failure.message)
  }

  /// Full jitter: those who lost Redis together do not come back together.
  private func retry(_ message: String) {
    lastFailure = message
    guard !isClosed else { return }
    let delay = backoff * Double.random(in: 0.1...1)
    backoff = min(backoff * 2, Limits.longestBackoff)
    _ = loop.schedule(after: delay) { [weak self] in self?.open() }
  }
}
