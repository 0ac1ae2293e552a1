import Messages
import RPCClient
import TestSupport
import Testing

extension FaultRun {
  /// An organization of another shard than the guest, with which it shares its cluster.
  static func makeHost(
    of guest: String, by admin: Caller, on stack: Stack
  ) async throws -> String {
    for _ in 0..<100 {
      let host = try await admin.createOrganization()
      let rows = try await stack.database.query(
        """
        SELECT shard_of('\(host.id)', shards) <> shard_of('\(guest)', shards)
        FROM scheduler_epoch WHERE shard = 0
        """)
      if rows == [["t"]] { return host.id }
    }
    throw FaultRunError.oneShard
  }

  static func share(_ cluster: String, with guest: String, by admin: Caller) async throws {
    _ = try await admin.clusters.setClusterQuota(
      SetClusterQuotaRequest(clusterID: cluster, organizationID: guest, mayBorrow: true))
    _ = try await admin.clusters.acceptClusterQuota(
      AcceptClusterQuotaRequest(clusterID: cluster, organizationID: guest))
  }
}

private enum FaultRunError: Error {
  /// A hundred organizations were of the same shard.
  case oneShard
}
