/// A quota of an organization as a caller asks for it, unchecked.
package struct OrganizationQuotaDraft: Sendable, Equatable {
  package var organizationID: String
  package var limit: RequestedCeiling
  package var queuedLimit: Int64?
  /// Thousandths; nil: one.
  package var weightMillis: Int64?

  package init(
    organizationID: String, limit: RequestedCeiling = RequestedCeiling(), queuedLimit: Int64? = nil,
    weightMillis: Int64? = nil
  ) {
    self.organizationID = organizationID
    self.limit = limit
    self.queuedLimit = queuedLimit
    self.weightMillis = weightMillis
  }
}
