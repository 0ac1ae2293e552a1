import Glibc
import Logging

/// Ends the process if draining does not: what hangs with a database that does not answer cannot
/// hold up whoever asked for the end. Nothing acknowledged is lost, and the next leader fences what
/// was on its way.
struct ExitDeadline {
  /// Of the ten seconds that the end may take, what is for everything after the drain.
  private static let margin = Duration.milliseconds(1_500)
  private static let shortest = Duration.milliseconds(9_500)

  private let limit: Duration
  private let logger: Logger

  /// - Parameter drainGrace: a longer drain than usual puts the end off as much.
  init(drainGrace: Duration, logger: Logger) {
    limit = max(Self.shortest, drainGrace + Self.margin)
    self.logger = logger
  }

  /// Counts from now on. The loops may hang too, so it counts beside them.
  func arm() {
    let (limit, logger) = (limit, logger)
    // Ends with the process, whichever is first.
    Task.detached {
      try? await Task.sleep(for: limit)
      logger.error("not everything ended in time: leaving it", metadata: ["limit": "\(limit)"])
      _exit(EXIT_SUCCESS)
    }
  }
}
