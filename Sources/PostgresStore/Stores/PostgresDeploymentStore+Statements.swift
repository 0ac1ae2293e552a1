internal import Domain

extension Statement {
  static let deployment = Statement("deployment", EmbeddedSQL.deployment)

  /// Whosever it is.
  static let anyDeployment = Statement(
    "any_deployment", "SELECT \(Deployment.columns) FROM deployments d WHERE d.id = $1")

  static let deploymentOfKey = Statement(
    "deployment_of_key",
    """
    SELECT k.request_digest, \(Deployment.columns)
    FROM idempotency_keys k JOIN deployments d ON d.id = k.deployment_id
    WHERE k.organization_id = $1 AND k.caller = $2 AND k.key = $3
    """)

  static let deploymentEvents = Statement(
    "deployment_events",
    """
    SELECT \(DeploymentEvent.columns) FROM deployment_events e
    WHERE e.deployment_id = $1 AND e.sequence > $2::bigint ORDER BY e.sequence LIMIT $3::int
    """)

  static let holdingOnCluster = Statement(
    "holding_on_cluster",
    """
    SELECT \(Deployment.columns) FROM deployments d
    WHERE d.placed_cluster = $1 AND d.state IN ('scheduled', 'starting', 'running')
    ORDER BY d.id
    """)
}
