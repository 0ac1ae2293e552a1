/// A cluster as a caller asks for it, unchecked.
package struct ClusterDraft: Sendable, Equatable {
  package var organizationID: String
  package var name: String
  /// Nil: left out, which is refused.
  package var capacity: RequestedResources?
  package var gpuModel: String

  package init(
    organizationID: String, name: String, capacity: RequestedResources?, gpuModel: String = ""
  ) {
    self.organizationID = organizationID
    self.name = name
    self.capacity = capacity
    self.gpuModel = gpuModel
  }
}
