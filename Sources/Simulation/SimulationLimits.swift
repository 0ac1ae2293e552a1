/// Every bound of the simulation.
package enum SimulationLimits {
  package static let traceBytes = 1 << 30
  package static let nodes = 1_000_000
  package static let pods = 10_000_000
  /// Columns of a file.
  package static let columns = 256
  /// Deployments drawn for one run.
  package static let deployments = 50_000_000
  package static let demand = 100.0
  package static let seeds = 10_000
  package static let organizations = 10_000
  /// Organizations that share all clusters.
  package static let sharingOrganizations = 64
  package static let weightMillis: Int64 = 1_000_000
  /// Points kept of a curve over a run.
  package static let curvePoints = 400
  /// Points kept of the utilization over time.
  package static let utilizationPoints = 200
}
