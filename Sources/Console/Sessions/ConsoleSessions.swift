import Gateway
package import Hummingbird
package import RPCClient
import Synchronization

/// Who is signed in at this console. Kept in memory alone: a console that starts anew has nobody.
package final class ConsoleSessions: SessionTokens {
  private struct State {
    var table = SessionTable()
    var lastNumber: UInt64 = 0
  }

  private let state = Mutex(State())
  private let channel: Channel
  private let now: @Sendable () -> ContinuousClock.Instant
  /// Told the numbers of sessions that are over.
  private let onEnd: @Sendable (UInt64) -> Void

  package init(
    channel: Channel, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
    onEnd: @escaping @Sendable (UInt64) -> Void = { _ in }
  ) {
    self.channel = channel
    self.now = now
    self.onEnd = onEnd
  }

  // MARK: SessionTokens

  package func token(of request: Request) async throws -> String? {
    guard let session = session(of: request) else { return nil }
    try RequestOrigin.check(request, of: session)
    return try await token(of: session, request)
  }

  // MARK: Sessions

  /// The session of a request, which counts as used now.
  package func session(of request: Request) -> Session? {
    guard let secret = SessionCookie.secret(of: request) else { return nil }
    let now = now()
    return state.withLock { $0.table.use(secret, now: now) }
  }

  /// Begins a session. Nil: there are as many as there may be.
  package func begin(
    account: String, credentials: any CredentialsProvider
  ) -> (session: Session, secret: String)? {
    let secret = Self.randomText()
    let requestToken = Self.randomText()
    let now = now()
    let (session, insertion) = state.withLock { state in
      state.lastNumber += 1
      let session = Session(
        number: state.lastNumber, account: account, requestToken: requestToken,
        credentials: credentials)
      return (session, state.table.insert(session, secret: secret, now: now))
    }
    guard case .inserted(let ended) = insertion else { return nil }
    for number in ended { onEnd(number) }
    return (session, secret)
  }

  /// Ends the session of a request.
  package func end(of request: Request) {
    guard let secret = SessionCookie.secret(of: request) else { return }
    if let session = state.withLock({ $0.table.remove(secret) }) { onEnd(session.number) }
  }

  /// Ends those whose time is over, again and again until the task is cancelled.
  package func sweepForever() async {
    while (try? await Task.sleep(for: ConsoleLimits.sessionSweep)) != nil { sweep() }
  }

  package func sweep() {
    let now = now()
    for number in state.withLock({ $0.table.sweep(now) }) { onEnd(number) }
  }

  package var count: Int { state.withLock { $0.table.count } }

  /// A session whose token berthd takes no more is over.
  private func token(of session: Session, _ request: Request) async throws -> String? {
    do throws(RPCStatus) {
      return try await session.credentials.token(for: channel)
    } catch {
      guard error.code == .unauthenticated else { throw error }
      end(of: request)
      return nil
    }
  }

  /// From the system's generator, in hexadecimal.
  private static func randomText() -> String {
    var generator = SystemRandomNumberGenerator()
    let digits = Array("0123456789abcdef".utf8)
    let bytes = (0..<ConsoleLimits.secretBytes).flatMap { _ -> [UInt8] in
      let byte = UInt8.random(in: .min ... .max, using: &generator)
      return [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
