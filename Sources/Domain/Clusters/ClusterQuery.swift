/// Which clusters a caller wants listed, unchecked.
package struct ClusterQuery: Sendable, Equatable {
  /// Empty: all the caller may see.
  package var organizationID: String
  package var namePrefix: String
  package var gpuModel: String
  package var availableAtLeast: RequestedResources?
  package var page: RequestedPage

  package init(
    organizationID: String = "", namePrefix: String = "", gpuModel: String = "",
    availableAtLeast: RequestedResources? = nil, page: RequestedPage = RequestedPage()
  ) {
    self.organizationID = organizationID
    self.namePrefix = namePrefix
    self.gpuModel = gpuModel
    self.availableAtLeast = availableAtLeast
    self.page = page
  }
}
