/// Which deployments a caller wants listed, unchecked.
package struct DeploymentQuery: Sendable, Equatable {
  /// Empty: all the caller may see.
  package var organizationID: String
  /// Empty: all. Nil for a state that is unknown, which is refused by its place.
  package var states: [DeploymentState?]
  /// Empty: all.
  package var clusterID: String
  package var priority: Int?
  /// Empty: all.
  package var gangID: String
  package var page: RequestedPage

  package init(
    organizationID: String = "", states: [DeploymentState?] = [], clusterID: String = "",
    priority: Int? = nil, gangID: String = "", page: RequestedPage = RequestedPage()
  ) {
    self.organizationID = organizationID
    self.states = states
    self.clusterID = clusterID
    self.priority = priority
    self.gangID = gangID
    self.page = page
  }
}
