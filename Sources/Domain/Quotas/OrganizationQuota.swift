/// What an organization may hold on all clusters together, and its weight against others.
package struct OrganizationQuota: Sendable, Equatable {
  package let organization: OrganizationID
  package var limit: ResourceCeiling
  /// How many of its deployments may wait in the queue; nil: any number.
  package var queuedLimit: Int?
  /// Of twice the weight, twice the share.
  package var weight: Weight

  package init(
    organization: OrganizationID, limit: ResourceCeiling = .none, queuedLimit: Int? = nil,
    weight: Weight = .one
  ) {
    self.organization = organization
    self.limit = limit
    self.queuedLimit = queuedLimit
    self.weight = weight
  }
}

/// A quota with what it bounds.
package struct OrganizationQuotaUsage: Sendable, Equatable {
  package let quota: OrganizationQuota
  package let held: Resources
  package let queued: Int

  package init(quota: OrganizationQuota, held: Resources, queued: Int) {
    self.quota = quota
    self.held = held
    self.queued = queued
  }
}

/// An organization's weight in fairness, in thousandths.
package struct Weight: Hashable, Comparable, Sendable {
  package static let one = Weight(millis: 1_000)
  package let millis: Int64
  package init(millis: Int64) { self.millis = millis }
  package static func < (a: Self, b: Self) -> Bool { a.millis < b.millis }
  var factor: Double { Double(millis) / 1_000 }
}
