/// Of the agents attached to a replica, and of how it reaches PostgreSQL and Redis.
extension Metric {
  static let agentSessions = Metric(
    "berth_agent_sessions", .gauge, ["replica"], "Agents attached to the replica.")
  static let agentReports = Metric(
    "berth_agent_reports_total", .counter, ["replica", "state"],
    "Reports of agents about containers that were accepted.")

  static let agentMetrics = [agentSessions, agentReports]

  static let postgresConnections = Metric(
    "berth_postgres_connections", .gauge, ["replica"],
    "Connections to PostgreSQL that can be used.")
  static let postgresConfigured = Metric(
    "berth_postgres_connections_configured", .gauge, ["replica"],
    "Connections to PostgreSQL that it should have.")
  static let postgresOpened = Metric(
    "berth_postgres_connections_opened_total", .counter, ["replica"],
    "Connections to PostgreSQL that were opened.")
  static let postgresInFlight = Metric(
    "berth_postgres_transactions_in_flight", .gauge, ["replica"],
    "Transactions sent and not ended.")
  static let postgresWaiting = Metric(
    "berth_postgres_transactions_waiting", .gauge, ["replica"],
    "Transactions that wait for a connection.")
  static let postgresDuration = Metric(
    "berth_postgres_statement_duration_seconds", .histogram, ["replica", "statement"],
    "From the call to its answer, waiting for a connection included.")
  static let postgresErrors = Metric(
    "berth_postgres_errors_total", .counter, ["replica", "reason"],
    "Transactions that failed.")

  static let postgresMetrics = [
    postgresConnections, postgresConfigured, postgresOpened, postgresInFlight, postgresWaiting,
    postgresDuration, postgresErrors,
  ]

  static let redisConnected = Metric(
    "berth_redis_connected", .gauge, ["replica"], "Whether Redis can be reached: 1 or 0.")
  static let redisOpened = Metric(
    "berth_redis_connections_opened_total", .counter, ["replica"],
    "Connections for commands to Redis that were opened.")
  static let redisDropped = Metric(
    "berth_redis_notices_dropped_total", .counter, ["replica"],
    "Wake-ups that were not sent, because Redis was away or slow.")
  static let redisDuration = Metric(
    "berth_redis_command_duration_seconds", .histogram, ["replica", "command"],
    "From the call to its answer.")
  static let redisErrors = Metric(
    "berth_redis_errors_total", .counter, ["replica", "reason"], "Commands that failed.")

  static let redisMetrics = [
    redisConnected, redisOpened, redisDropped, redisDuration, redisErrors,
  ]
}
