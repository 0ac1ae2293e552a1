internal import Domain

extension Statement {
  static let deployment = Statement(
    "deployment",
    """
    SELECT \(Deployment.columns) FROM deployments d
    WHERE d.id = $1 AND ($2::uuid[] IS NULL OR d.organization_id = ANY ($2::uuid[]))
    """)

  static let deploymentOfKey = Statement(
    "deployment_of_key",
    """
    SELECT k.request_digest, \(Deployment.columns)
    FROM idempotency_keys k JOIN deployments d ON d.id = k.deployment_id
    WHERE k.organization_id = $1 AND k.caller = $2 AND k.key = $3
    """)

  private static let matchesFilter = """
    (d.created_at, d.id) < ($1::timestamptz, $2::uuid)
      AND ($4::text[] IS NULL OR d.state = ANY ($4::text[]))
      AND ($5::uuid IS NULL OR d.requested_cluster = $5::uuid OR d.placed_cluster = $5::uuid)
      AND ($6::int IS NULL OR d.priority = $6::int)
    """

  /// With this the planner may use the index of what is not over.
  private static let isActive = "d.state IN ('queued', 'scheduled', 'starting', 'running')"

  private static let everyOrganization = "organizations AS o"
  private static let givenOrganizations = "unnest($7::uuid[]) AS o (id)"

  static let allDeployments = Statement(
    "all_deployments", list(from: everyOrganization, where: matchesFilter))
  static let allActiveDeployments = Statement(
    "all_active_deployments",
    list(from: everyOrganization, where: "\(isActive) AND \(matchesFilter)"))
  static let deployments = Statement(
    "deployments", list(from: givenOrganizations, where: matchesFilter))
  static let activeDeployments = Statement(
    "active_deployments",
    list(from: givenOrganizations, where: "\(isActive) AND \(matchesFilter)"))

  /// From each organization as many as a page has, by its index; then the newest of all.
  private static func list(from organizations: String, where condition: String) -> String {
    """
    SELECT \(Deployment.columns)
    FROM \(organizations) CROSS JOIN LATERAL (
      SELECT d.* FROM deployments d WHERE d.organization_id = o.id AND \(condition)
      ORDER BY d.created_at DESC, d.id DESC LIMIT $3::int) AS d
    ORDER BY d.created_at DESC, d.id DESC LIMIT $3::int
    """
  }

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
