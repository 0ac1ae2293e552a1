package import Domain

extension PostgresDeploymentStore {
  package func update(
    _ changed: Deployment, from current: Deployment, in scope: TenantScope
  ) async throws(DomainError) -> Deployment? {
    let (request, terms) = (changed.request, changed.terms)
    return try await database.write(
      .updateDeployment,
      Parameters {
        $0.add(current.id)
        $0.add(scope)
        $0.add(current.updatedAt)
        $0.add(changed.updatedAt)
        $0.add(changed.reason)
        $0.add(Int32(clamping: changed.priority))
        $0.add(request.cpu.value)
        $0.add(request.memory.value)
        $0.add(request.gpu.value)
        $0.add(changed.gpuModels)
        $0.add(terms.timeToLive?.microseconds)
        $0.add(terms.startBy)
        $0.add(terms.priorityClass)
        $0.add(terms.preempts)
        $0.add(terms.protection.microseconds)
      }
    ).first(Deployment.init(row:))
  }
}

extension Statement {
  fileprivate static let updateDeployment = Statement(
    "update_deployment",
    EmbeddedSQL.update.replacing("{deployment d}", with: Deployment.columns))
}
