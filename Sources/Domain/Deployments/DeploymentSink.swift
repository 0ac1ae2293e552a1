/// Takes the deployments that a caller asked for: what answers are made from. A store that has them
/// as bytes hands over those, so that no `Deployment` is made on the way to the wire; another one
/// hands over values. Used by one task at a time.
package protocol DeploymentSink: AnyObject, Sendable {
  func add(_ fields: borrowing DeploymentFields)
  func add(_ deployment: Deployment)
}

extension DeploymentStore {
  package func deployment(
    _ id: DeploymentID, in scope: TenantScope, into sink: any DeploymentSink
  ) async throws(DomainError) -> OrganizationID? {
    guard let deployment = try await deployment(id, in: scope) else { return nil }
    sink.add(deployment)
    return deployment.organization
  }

  package func deployments(
    _ filter: DeploymentFilter, in scope: TenantScope, page: PageRequest,
    into sink: any DeploymentSink
  ) async throws(DomainError) -> String? {
    let page = try await deployments(filter, in: scope, page: page)
    for deployment in page.elements { sink.add(deployment) }
    return page.next
  }
}
