import Domain
import Logging
import PostgresStore

/// Forgets what nobody needs any more, again and again: expired refresh tokens, old idempotency
/// keys. Several replicas may do it at a time.
struct Housekeeping {
  private static let interval = Duration.seconds(3_600)

  let store: PostgresStore
  let sleeper: any Sleeper
  let logger: Logger

  /// Until the task is cancelled.
  func run() async {
    while !Task.isCancelled {
      do throws(DomainError) {
        let count = try await store.prune(now: SystemClock().now())
        if count > 0 { logger.info("forgot old rows", metadata: ["count": "\(count)"]) }
      } catch {
        logger.warning("housekeeping failed", metadata: ["reason": "\(error)"])
      }
      do { try await sleeper.sleep(for: Self.interval) } catch { return }
    }
  }
}
