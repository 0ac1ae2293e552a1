import Foundation
import Messages

extension LiveTime {
  /// The system's.
  package static let system = LiveTime(
    sleep: { try await Task.sleep(for: $0) },
    now: { Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) })
}
