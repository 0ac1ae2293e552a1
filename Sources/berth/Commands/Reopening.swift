import Foundation
import RPCClient

/// A stream that goes on where its server ends it for its own sake: it is opened again, at another
/// server or at the one that comes next.
struct Reopening {
  private static let firstDelay = Duration.milliseconds(200)
  private static let longestDelay = Duration.seconds(5)
  /// What lasted so long is taken for a stream that worked.
  private static let settling = Duration.seconds(1)

  /// How long there may be no server.
  let patience: Duration

  /// Runs `stream` until it returns, and again when it throws UNAVAILABLE, until that lasts.
  ///
  /// - Parameter stream: told whether it was opened before.
  func run(_ stream: (_ isAgain: Bool) async throws -> Void) async throws {
    var delay = Self.firstDelay
    var lastWorked = ContinuousClock.now
    var isAgain = false
    while true {
      let begin = ContinuousClock.now
      do {
        return try await stream(isAgain)
      } catch let status as RPCStatus where status.code == .unavailable {
        let now = ContinuousClock.now
        if now - begin >= Self.settling {
          lastWorked = now
          delay = Self.firstDelay
        }
        guard now - lastWorked < patience else { throw status }
        if delay == Self.firstDelay {
          Terminal.error("berth: \(status.message.printable): opening the stream again")
        }
        isAgain = true
        try await Task.sleep(for: delay * Double.random(in: 0.5...1))
        delay = min(delay * 2, Self.longestDelay)
      }
    }
  }
}
