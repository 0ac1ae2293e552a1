import Glibc
public import Messages
import Synchronization
public import Wire

/// A logged-in user: keeps the access token fresh by the refresh token. Refreshes shortly before
/// the access token ends, and once when a server refuses it; calls that come meanwhile wait for
/// the one refresh.
public final class TokenSession: CredentialsProvider {
  private typealias Refresh = Task<Result<Tokens, RPCStatus>, Never>

  private struct State {
    var tokens: Tokens
    /// When they were issued, microseconds since 1970; nil: not by this session.
    var issuedAt: Int64?
    /// Under way: everybody who needs a new token awaits it.
    var refresh: Refresh?
  }

  private let state: Mutex<State>
  private let store: any TokenStore
  /// Microseconds since 1970.
  private let now: @Sendable () -> Int64

  /// A session whose tokens live in `store`.
  public convenience init(tokens: Tokens, store: any TokenStore) {
    self.init(tokens: tokens, store: store, now: Self.clock)
  }

  /// A session whose tokens `persist` is told when they change.
  public convenience init(
    tokens: Tokens, persist: @escaping @Sendable (Tokens) async -> Void = { _ in }
  ) {
    self.init(tokens: tokens, store: CallbackTokenStore(persist: persist))
  }

  package init(tokens: Tokens, store: any TokenStore, now: @escaping @Sendable () -> Int64) {
    state = Mutex(State(tokens: tokens))
    self.store = store
    self.now = now
  }

  /// As they are now.
  public var tokens: Tokens { state.withLock { $0.tokens } }

  // MARK: CredentialsProvider

  public func token(for channel: Channel) async throws(RPCStatus) -> String? {
    let (current, issuedAt) = state.withLock { ($0.tokens, $0.issuedAt) }
    let left = timeLeft(current)
    if left > margin(current, issuedAt: issuedAt) { return current.accessToken }
    do throws(RPCStatus) {
      return try await refreshed(from: current, on: channel).accessToken
    } catch {
      // The old one still holds; the server is asked again with the next call.
      if left > .zero, error.code != .unauthenticated { return current.accessToken }
      throw error
    }
  }

  public func rejected(_ token: String, by channel: Channel) async throws(RPCStatus) -> Bool {
    let current = tokens
    // Another call's refresh was faster.
    if current.accessToken != token { return true }
    return try await refreshed(from: current, on: channel).accessToken != token
  }

  // MARK: Refreshing

  private func timeLeft(_ tokens: Tokens) -> Duration {
    // A token whose end is not known is used until it is refused.
    guard let end = tokens.accessExpiresAt else { return .seconds(86_400) }
    let (left, overflow) = end.microseconds.subtractingReportingOverflow(now())
    return .microseconds(overflow ? 0 : left)
  }

  private func margin(_ tokens: Tokens, issuedAt: Int64?) -> Duration {
    guard let end = tokens.accessExpiresAt?.microseconds, let issuedAt else {
      return ClientLimits.refreshMargin
    }
    let (life, overflow) = end.subtractingReportingOverflow(issuedAt)
    return overflow ? .zero : min(ClientLimits.refreshMargin, .microseconds(max(0, life) / 10))
  }

  /// One refresh at a time, which outlives the caller that began it: others wait for it too.
  private func refreshed(
    from old: Tokens, on channel: Channel
  ) async throws(RPCStatus) -> Tokens {
    let refresh = state.withLock { state -> Refresh? in
      guard state.tokens.accessToken == old.accessToken else { return nil }
      if let running = state.refresh { return running }
      let task = Refresh { [self] in
        let result: Result<Tokens, RPCStatus>
        do throws(RPCStatus) {
          result = .success(
            try await store.update { stored async throws(RPCStatus) in
              try await self.replacement(old, stored, channel)
            })
        } catch {
          result = .failure(error)
        }
        self.end(result)
        return result
      }
      state.refresh = task
      return task
    }
    guard let refresh else { return tokens }
    return try await refresh.value.get()
  }

  private func end(_ result: Result<Tokens, RPCStatus>) {
    let now = now()
    state.withLock { state in
      state.refresh = nil
      guard case .success(let tokens) = result else { return }
      state.tokens = tokens
      state.issuedAt = now
    }
  }

  private func replacement(
    _ old: Tokens, _ stored: Tokens?, _ channel: Channel
  ) async throws(RPCStatus) -> Tokens {
    // Another process was faster.
    if let stored, stored.refreshToken != old.refreshToken, timeLeft(stored) > .zero {
      return stored
    }
    var options = CallOptions()
    options.credentials = .none
    let response = try await UserServiceClient(channel).refreshToken(
      RefreshTokenRequest(refreshToken: old.refreshToken), options: options)
    guard let tokens = response.tokens else {
      throw RPCStatus(.internal, "the server refreshed a session without tokens")
    }
    return tokens
  }

  private static let clock: @Sendable () -> Int64 = {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
  }
}
