/// What an engine tells about one cluster's containers.
package enum EngineEvent: Hashable, Sendable {
  /// Every container there is: comes first, so that nothing that happened before is missed.
  case snapshot([ContainerRecord])
  /// This container is now in another phase, or new.
  case changed(ContainerRecord)
  /// This container is gone.
  case removed(ContainerKey)
}
