/// How this process reaches Redis.
package struct RedisStatistics: Sendable, Equatable {
  package var isConnected = false
  /// Since the start.
  package var openedConnections: UInt64 = 0
  /// Wake-ups that were not sent, because Redis was away or slow.
  package var droppedNotices: UInt64 = 0
  /// By name.
  package var commands: [StoreCallStatistics] = []

  package init() {}
}
