import Domain
import Synchronization

/// A wall clock that stands until it is moved.
final class SettableClock: WallClock {
  private let time: Mutex<Instant>

  init(_ start: Instant = Instant(microseconds: 1_700_000_000_000_000)) {
    time = Mutex(start)
  }

  func now() -> Instant { time.withLock { $0 } }
  func advance(by duration: Duration) { time.withLock { $0 = $0 + duration } }
}

/// SplitMix64: the same numbers from the same seed (Steele, Lea, Flood 2014).
final class SeededRandom: Domain.SecureRandom {
  private let state: Mutex<UInt64>

  init(seed: UInt64) { state = Mutex(seed) }

  func next() -> UInt128 { UInt128(next64()) << 64 | UInt128(next64()) }

  /// 0 up to and without `bound`.
  func below(_ bound: Int) -> Int { Int(next64() % UInt64(bound)) }

  private func next64() -> UInt64 {
    state.withLock { state in
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = state
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      return z ^ (z >> 31)
    }
  }
}

/// Hashes nothing, but salts and counts.
final class CountingHasher: PasswordHasher {
  struct Counts: Equatable {
    var hashes = 0
    var verifications = 0
  }

  private let counted = Mutex(Counts())
  private let failure = Mutex<DomainError?>(nil)

  var counts: Counts { counted.withLock { $0 } }
  func fail(with error: DomainError?) { failure.withLock { $0 = error } }

  func hash(_ password: String) async throws(DomainError) -> String {
    if let error = failure.withLock({ $0 }) { throw error }
    let salt = counted.withLock { counts in
      counts.hashes += 1
      return counts.hashes
    }
    return "plain$\(salt)$\(password)"
  }

  func verify(_ password: String, against hash: String) async throws(DomainError) -> Bool {
    if let error = failure.withLock({ $0 }) { throw error }
    counted.withLock { $0.verifications += 1 }
    let parts = hash.split(separator: "$", maxSplits: 2)
    return parts.count == 3 && parts[0] == "plain" && parts[2] == password
  }
}

/// Four differently seeded FNV-1a hashes: 32 bytes that do not show the secret.
struct FoldingDigest: SecretDigest {
  func digest(_ secret: String) -> [UInt8] {
    (0..<4).flatMap { lane -> [UInt8] in
      var hash: UInt64 = 0xcbf2_9ce4_8422_2325 &+ UInt64(lane) &* 0x9e37_79b9_7f4a_7c15
      for byte in secret.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
      return (0..<8).map { UInt8(truncatingIfNeeded: hash >> UInt64(8 * $0)) }
    }
  }
}

/// Tokens by a table: a token is only a number.
final class TableSigner: TokenSigner {
  private let table = Mutex<[String: AccessClaims]>([:])

  func sign(_ claims: AccessClaims) async throws(DomainError) -> String {
    table.withLock { table in
      let token = "jwt.\(table.count)"
      table[token] = claims
      return token
    }
  }

  func verify(_ token: String, now: Instant) async throws(DomainError) -> AccessClaims {
    guard let claims = table.withLock({ $0[token] }), claims.expiresAt > now else {
      throw .unauthenticated("not a token of this signer")
    }
    return claims
  }
}

/// Keeps what was told, and tells those who listen.
final class RecordingBroadcast: Broadcast {
  private struct State {
    var told: [Notice] = []
    var listeners: [AsyncStream<Notice>.Continuation] = []
  }

  private let state = Mutex(State())

  var told: [Notice] { state.withLock { $0.told } }
  func forget() { state.withLock { $0.told = [] } }

  func publish(_ notice: Notice) {
    let listeners = state.withLock { state in
      state.told.append(notice)
      return state.listeners
    }
    for listener in listeners { listener.yield(notice) }
  }

  func notices() -> AsyncStream<Notice> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: Notice.self, bufferingPolicy: .bufferingNewest(64))
    state.withLock { $0.listeners.append(continuation) }
    return stream
  }

  func end() {
    for listener in state.withLock({ $0.listeners }) { listener.finish() }
  }
}
