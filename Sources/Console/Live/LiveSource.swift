package import Messages
package import Wire

/// What a feed looks at: an organization, as one caller sees it.
package protocol LiveSource: Sendable {
  /// Tells what is now and then every change, until the server ends it or it fails.
  func follow(_ body: @Sendable (Deployment) -> Void) async throws(RPCStatus)
  /// Those made last, whatever their state.
  func newestDeployments() async throws(RPCStatus) -> [Deployment]
  /// Nil: there is none any more.
  func deployment(_ id: String) async throws(RPCStatus) -> Deployment?
  func clusters() async throws(RPCStatus) -> [Cluster]
  /// Nil: the caller may not see it.
  func quota() async throws(RPCStatus) -> OrganizationQuota?
}
