/// What a live item is of, and which.
package struct LiveKey: Hashable, Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    case deployment, cluster, quota, scheduler, placements, sample, schedulerSample, link
  }

  package let kind: Kind
  /// Empty for what there is one of.
  package let id: String

  package init(_ kind: Kind, _ id: String = "") {
    self.kind = kind
    self.id = id
  }
}
