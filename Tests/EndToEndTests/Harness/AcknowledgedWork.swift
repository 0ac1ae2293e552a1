import RPCClient
import Synchronization
import TestSupport

/// The deployments that a server has acknowledged to streams of creates.
final class AcknowledgedWork: Sendable {
  private let acknowledged = Mutex<(ids: Set<String>, count: Int)>(([], 0))

  /// How many creates were acknowledged.
  var count: Int { acknowledged.withLock { $0.count } }
  /// The deployments they were answered with.
  var ids: Set<String> { acknowledged.withLock { $0.ids } }

  /// Notes what a create was answered with.
  func add(_ id: String) {
    acknowledged.withLock {
      $0.ids.insert(id)
      $0.count += 1
    }
  }

  /// Deploys once, repeated with its key until it is acknowledged, the task is cancelled, or the
  /// replica is gone for good.
  func deployOnce(to cluster: String, by caller: Caller, at replica: Replica) async {
    let key = UniqueName.make("work")
    while !Task.isCancelled {
      do throws(RPCStatus) {
        let deployment = try await caller.deploy(to: cluster, cpu: 1, idempotencyKey: key)
        add(deployment.id)
        return
      } catch {
        // Back off as the server asks or as a client would; the server may be on its way back.
        try? await Task.sleep(for: min(error.retryDelay ?? .milliseconds(50), .milliseconds(200)))
      }
    }
  }
}
