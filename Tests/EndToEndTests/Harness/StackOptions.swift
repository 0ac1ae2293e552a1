import TestSupport

/// How a stack differs from the usual one.
struct StackOptions: Sendable {
  /// `berthd` processes over the one database and Redis.
  var replicas = 1
  /// How long the scheduler's lock lives without renewal. As short as `berthd` allows, so that
  /// tests of a leader's end take seconds.
  var lockSeconds = 2
  /// After so long an agent that is not heard of is lost.
  var agentLostSeconds = 3
  /// A private PostgreSQL relay or pooler instead of the database's own URL.
  var databaseURL: (@Sendable (TestDatabase) throws -> String)?
  /// A PostgreSQL of the test's own, where it is to be broken; nil: the test run's.
  var postgres: PostgresServer?
  /// Over what `Stack` sets; nil takes a variable away.
  var environment: [String: String?] = [:]

  init(replicas: Int = 1, environment: [String: String?] = [:]) {
    self.replicas = replicas
    self.environment = environment
  }
}
