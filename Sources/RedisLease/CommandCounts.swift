internal import Domain

/// What became of the commands of one client, by name. Confined to its loop.
final class CommandCounts: @unchecked Sendable {
  // @unchecked: touched on the loop only.
  private var byName: [String: StoreCallStatistics] = [:]
  private(set) var droppedNotices: UInt64 = 0
  private(set) var openedConnections: UInt64 = 0

  /// - Parameter command: one of this program's, so there are few.
  func add(_ command: String, nanoseconds: UInt64, _ result: Result<RedisReply, RedisFailure>) {
    let error: String? =
      switch result {
      case .failure: "unavailable"
      case .success(.failure): "refused"
      case .success: nil
      }
    byName[command, default: StoreCallStatistics(name: command)].add(
      nanoseconds: nanoseconds, error: error)
  }

  func noticeDropped() { droppedNotices &+= 1 }

  func connectionOpened() { openedConnections &+= 1 }

  var all: [StoreCallStatistics] { [Array(byName.values)].merged() }
}
