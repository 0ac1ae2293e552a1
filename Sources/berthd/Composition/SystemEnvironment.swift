import Cryptography
import Domain
import EventLoop
import Glibc
import Logging
import Synchronization

/// The machine's wall clock.
struct SystemClock: WallClock {
  func now() -> Instant {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
  }
}

/// OpenSSL's random generator. Each number is handed out once.
final class SystemRandom: SecureRandom {
  /// Asking OpenSSL costs as much as validating a request, so that many are asked for at once.
  private static let numbersAtOnce = 64

  /// Numbers that nobody has had.
  private let unused = Mutex<[UInt128]>([])

  func next() -> UInt128 {
    unused.withLock { unused in
      if unused.isEmpty { unused = Self.numbers() }
      return unused.removeLast()
    }
  }

  private static func numbers() -> [UInt128] {
    secureRandomBytes(numbersAtOnce * 16).withUnsafeBytes { bytes in
      (0..<numbersAtOnce).map { bytes.loadUnaligned(fromByteOffset: $0 * 16, as: UInt128.self) }
    }
  }
}

/// SHA-256: enough for secrets that are random already.
struct SHA256Digest: SecretDigest {
  func digest(_ secret: String) -> [UInt8] { SHA256.hash(secret) }
}

/// scrypt on the bounded pool beside the loops.
struct PooledPasswordHasher: PasswordHasher {
  /// When the pool is full, so many seconds are enough to work off a part of its queue.
  private static let busyDelay = Duration.seconds(2)

  let pool: BlockingPool

  func hash(_ password: String) async throws(DomainError) -> String {
    try await run { try Scrypt.hash(password: password) }
  }

  func verify(_ password: String, against hash: String) async throws(DomainError) -> Bool {
    try await run { Scrypt.verify(password: password, stored: hash) }
  }

  private func run<R: Sendable>(
    _ work: @escaping @Sendable () throws -> R
  ) async throws(DomainError) -> R {
    do {
      return try await pool.run(work)
    } catch BlockingPoolError.full {
      throw .unavailable("too many logins at once", after: Self.busyDelay)
    } catch BlockingPoolError.closed {
      throw .unavailable("the server is stopping", after: Self.busyDelay)
    } catch {
      throw .internal("scrypt: \(error)")
    }
  }
}

/// The clock that leases and timeouts are measured by.
struct SystemMonotonicClock: MonotonicClock {
  func now() -> ContinuousClock.Instant { .now }
}

/// Sleeps on a loop's timers, so that a sleeping task wakes on the thread it works on.
struct LoopSleeper: Sleeper {
  let loop: EventLoop

  func sleep(for duration: Duration) async throws(CancellationError) {
    try await loop.sleep(for: duration)
  }
}

struct SystemJitter: JitterSource {
  func fraction() -> Double { Double.random(in: 0..<1) }
}

/// The domain's diagnostics as log lines.
struct LoggerDiagnostics: DiagnosticLog {
  let logger: Logger

  func write(_ level: DiagnosticLevel, _ message: String, _ fields: [String: String]) {
    let level: Logger.Level =
      switch level {
      case .debug: .debug
      case .info: .info
      case .notice: .notice
      case .warning: .warning
      case .error: .error
      }
    logger.log(
      level: level, "\(message)", metadata: fields.mapValues { .string($0) })
  }
}
