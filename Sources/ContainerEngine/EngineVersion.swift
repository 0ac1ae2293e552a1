/// Which engine answers.
package struct EngineVersion: Hashable, Sendable {
  package var kind: EngineKind
  package var version: String
  /// The version of the interface spoken with it; empty where there is none.
  package var interface: String

  package init(kind: EngineKind, version: String, interface: String = "") {
    self.kind = kind
    self.version = version
    self.interface = interface
  }
}
