/// A container as its engine knows it now.
package struct ContainerRecord: Hashable, Sendable {
  /// How far a container has come.
  package enum Phase: Hashable, Sendable {
    /// It exists and was never started.
    case created
    case running
    /// It ended and still exists: its exit code and its output can be read.
    case ended(ContainerExit)
  }

  package var key: ContainerKey
  /// The engine's own name for it.
  package var id: ContainerID
  package var phase: Phase

  package init(key: ContainerKey, id: ContainerID, phase: Phase) {
    self.key = key
    self.id = id
    self.phase = phase
  }
}
