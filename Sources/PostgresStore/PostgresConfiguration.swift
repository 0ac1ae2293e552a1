/// How to reach PostgreSQL.
package struct PostgresConfiguration: Sendable {
  /// `postgresql://user:password@host:port/database?sslmode=verify-full&...`, or libpq's keyword
  /// form.
  package var url: String
  /// Whether the URL leads to a transaction pooler (PgBouncer before 1.21, Supabase's port 6543):
  /// then statements have no names, a session keeps no state, and one group is in flight a
  /// connection.
  package var isPooler: Bool
  package var applicationName: String
  package var connectTimeout: Duration
  /// Ends a statement on the server. Not sent to a pooler: there it is set for the role.
  package var statementTimeout: Duration
  /// Below the scheduler lock's time to live, so that a stopped leader cannot block the next one.
  package var idleInTransactionTimeout: Duration
  /// Nil: what suits `isPooler`.
  package var connectionsPerLoop: Int?

  package init(
    url: String, isPooler: Bool = false, applicationName: String = "berthd",
    connectTimeout: Duration = .seconds(5), statementTimeout: Duration = .seconds(10),
    idleInTransactionTimeout: Duration = .seconds(3), connectionsPerLoop: Int? = nil
  ) {
    self.url = url
    self.isPooler = isPooler
    self.applicationName = applicationName
    self.connectTimeout = connectTimeout
    self.statementTimeout = statementTimeout
    self.idleInTransactionTimeout = idleInTransactionTimeout
    self.connectionsPerLoop = connectionsPerLoop
  }

  var connections: Int {
    max(
      1,
      connectionsPerLoop
        ?? (isPooler ? Limits.pooledConnectionsPerLoop : Limits.pipelinedConnectionsPerLoop))
  }
}
