/// Records what is done for calls whose trace somebody follows. The domain and its stores know no
/// more of traces than this.
package protocol WorkTracer: Sendable {
  /// A statement begins: asked in the task that makes it. Nil: it is made for no trace that is
  /// recorded.
  ///
  /// - Parameter name: of the statement; no values.
  func begin(statement name: String) -> (any TracedWork)?

  /// A deployment was placed.
  ///
  /// - Parameters:
  ///   - traceparent: of the call that created it, as it was kept with it.
  ///   - begin: when it was decided.
  func placed(
    _ deployment: DeploymentID, attempt: Int, on cluster: ClusterID, traceparent: String,
    begin: Instant)
}

/// Work that has begun and is to be recorded.
package protocol TracedWork: Sendable {
  /// - Parameter failure: what went wrong, in words without values; nil: nothing.
  func end(failure: String?)
}
