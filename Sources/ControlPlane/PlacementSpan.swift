package import Domain
package import Wire

/// The span of a deployment's placement. Its id follows from the deployment and the attempt, so
/// that whoever orders the container names it as parent without being told by whoever placed it.
package enum PlacementSpan {
  /// - Parameter traceparent: what was kept with the deployment. Nil where that is none.
  package static func context(
    of deployment: DeploymentID, attempt: Int, traceparent: String
  ) -> TraceContext? {
    guard let creation = TraceContext(traceparent: traceparent) else { return nil }
    let value = deployment.value
    let high = UInt64(truncatingIfNeeded: value >> 64)
    let low = UInt64(truncatingIfNeeded: value)
    let id = mixed(mixed(high) ^ low ^ UInt64(truncatingIfNeeded: attempt) &* 0x9e37_79b9_7f4a_7c15)
    return creation.child(span: id == 0 ? 1 : id)
  }

  /// The finish of SplitMix64: every bit of the result depends on every bit of the value.
  private static func mixed(_ value: UInt64) -> UInt64 {
    var mixed = value
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }
}
