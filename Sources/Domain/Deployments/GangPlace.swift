/// A deployment's place in its gang: deployments that are alike and run together, placed all in one
/// decision or none.
package struct GangPlace: Sendable, Hashable {
  /// The id of the deployment of index 0.
  package let id: DeploymentID
  /// How many deployments the gang has, 2 or more.
  package let size: Int
  /// Which of them this one is, from 0.
  package let index: Int

  package init(id: DeploymentID, size: Int, index: Int) {
    self.id = id
    self.size = size
    self.index = index
  }
}

extension Deployment {
  /// The deployments of its gang as they are asked for: alike but for id and index.
  ///
  /// - Parameter ids: in the order of the index; the first is the gang's.
  func gangMembers(_ ids: [DeploymentID]) -> [Deployment] {
    ids.enumerated().map { index, id in
      Deployment(
        id: id, organization: organization, requestedCluster: requestedCluster, name: name,
        image: image, command: command, environment: environment, request: request,
        gpuModels: gpuModels, priority: priority, maxAttempts: maxAttempts, createdBy: createdBy,
        createdAt: createdAt, reason: reason, updatedAt: updatedAt, terms: terms,
        gang: GangPlace(id: ids[0], size: ids.count, index: index), traceparent: traceparent)
    }
  }

  /// What its container is told of its gang, beside the caller's own variables.
  package var gangEnvironment: [String: String] {
    guard let gang else { return [:] }
    return [
      "BERTH_GANG_ID": gang.id.description, "BERTH_REPLICA": "\(gang.index)",
      "BERTH_REPLICAS": "\(gang.size)",
    ]
  }
}
