/// Which deployments a caller may follow by one call: what `DeploymentWatch.begin` takes.
package struct WatchScope: Sendable, Equatable {
  package let scope: TenantScope
  /// Only this one, which is in `scope`.
  package let deployment: DeploymentID?

  package init(scope: TenantScope, deployment: DeploymentID?) {
    self.scope = scope
    self.deployment = deployment
  }
}
