/// The agent that attached to a cluster last, as it told of itself.
package struct ClusterAgent: Sendable, Equatable {
  package let version: String
  /// Its name and version, for example "docker 20.10.24".
  package let engine: String
  package let attachedAt: Instant

  package init(version: String, engine: String, attachedAt: Instant) {
    self.version = version
    self.engine = engine
    self.attachedAt = attachedAt
  }
}
