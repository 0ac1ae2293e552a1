/// A deployment as it lies in a store's memory, lent to one call of a `DeploymentSink`: texts are
/// UTF-8 that is not copied. The fields mean what those of `Deployment` do.
package struct DeploymentFields {
  // The pointers are good for the call of the sink that they are lent to; every array is emptied
  // and filled again for the next deployment, so that a page of them allocates once.
  package var id = DeploymentID(0)
  package var organization = OrganizationID(0)
  package var requestedCluster: ClusterID?
  package var placedCluster: ClusterID?
  package var name = UnsafeRawBufferPointer(start: nil, count: 0)
  package var image = UnsafeRawBufferPointer(start: nil, count: 0)
  package var createdBy = UnsafeRawBufferPointer(start: nil, count: 0)
  package var reason = UnsafeRawBufferPointer(start: nil, count: 0)
  package var command: [UnsafeRawBufferPointer] = []
  /// Names and values in turn.
  package var environment: [UnsafeRawBufferPointer] = []
  package var gpuModels: [UnsafeRawBufferPointer] = []
  package var gpuDevices: [Int32] = []
  package var request = Resources.zero
  package var priority: Int32 = 0
  package var maxAttempts: Int32 = 0
  package var attempt: Int32 = 0
  package var exitCode: Int32?
  package var state = DeploymentState.queued
  package var createdAt = Instant(microseconds: 0)
  package var updatedAt = Instant(microseconds: 0)
  package var notBefore: Instant?
  package var scheduledAt: Instant?
  package var startedAt: Instant?
  package var endedAt: Instant?
  package var timeToLive: Duration?
  package var startBy: Instant?
  package var priorityClass = UnsafeRawBufferPointer(start: nil, count: 0)
  package var preempts = false
  package var requeuedAt: Instant?
  package var gang: GangPlace?

  package init() {}
}
