/// The engines that Berth knows.
package enum EngineKind: String, Hashable, Sendable {
  case docker
  case simulated
}
