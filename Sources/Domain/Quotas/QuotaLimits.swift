/// Every bound of quotas that is not an amount of resources (`ResourceLimits`).
package enum QuotaLimits {
  /// Organizations that have a quota on one cluster: each change there is told to all of them.
  package static let organizationsPerCluster = 64
  /// Thousandths.
  package static let weight: ClosedRange<Int64> = 1...1_000_000
  package static let queued = 0...10_000_000
  /// What an organization may be limited to on all clusters together: some thousand times what one
  /// cluster has at most.
  package static let cpu = MilliCPU(1 << 42)
  package static let memory = Bytes(Int64.max)
  package static let gpu = MilliGPU(1 << 32)
}
