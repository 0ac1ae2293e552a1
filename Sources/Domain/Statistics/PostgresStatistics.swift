/// How this process reaches PostgreSQL.
package struct PostgresStatistics: Sendable, Equatable {
  /// That can be used now.
  package var connections = 0
  package var configuredConnections = 0
  /// Transactions sent and not ended.
  package var inFlight = 0
  /// Transactions that wait for a connection.
  package var waiting = 0
  /// Since the start.
  package var openedConnections: UInt64 = 0
  /// By name.
  package var statements: [StoreCallStatistics] = []

  package init() {}
}
