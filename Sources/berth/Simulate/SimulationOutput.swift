import Foundation
import Simulation

/// How results of simulations are told. JSON: one object for one policy, an array for several.
struct SimulationOutput {
  let format: OutputFormat

  // MARK: - Draws

  func print(_ reports: [AllocationReport]) throws {
    guard format == .table else {
      try printJSON(reports.map(AllocationDocument.init))
      return
    }
    var table = Table(
      "POLICY", "SEEDS", "GPU ALLOCATED", "DEVIATION", "PLACED", "FAILED", "DECISIONS/S", "SECONDS")
    for report in reports {
      for run in report.runs where report.runs.count > 1 {
        table.add(
          report.policy.rawValue, "\(run.seed)", percent(run.result.allocationPercent), "",
          "\(run.result.placed)", "\(run.result.failed)", whole(run.decisionsPerSecond),
          String(format: "%.3f", run.seconds))
      }
      let seeds = [report.runs.first, report.runs.last].compactMap { $0?.seed }
      table.add(
        report.policy.rawValue,
        seeds[0] == seeds[1] ? "\(seeds[0])" : "\(seeds[0])-\(seeds[1]), mean",
        percent(report.percent), report.deviation.map { String(format: "%.2f", $0) } ?? "",
        whole(report.placed), whole(report.failed), whole(report.decisionsPerSecond),
        String(format: "%.3f", report.seconds))
    }
    table.print()
  }

  private struct AllocationDocument: Encodable {
    let policy: String
    let seed: UInt64?
    let seeds: [UInt64]?
    let gpuAllocationPercent: Double
    let deviation: Double?
    let placed: Double
    let failed: Double
    let decisionsPerSecond: Double
    let seconds: Double
    let runs: [Self]?

    init(_ report: AllocationReport) {
      policy = report.policy.rawValue
      let isOne = report.runs.count == 1
      seed = isOne ? report.runs[0].seed : nil
      seeds = isOne ? nil : report.runs.map(\.seed)
      gpuAllocationPercent = report.percent
      deviation = report.deviation
      placed = report.placed
      failed = report.failed
      decisionsPerSecond = report.decisionsPerSecond
      seconds = report.seconds
      runs = isOne ? nil : report.runs.map { Self($0, policy: report.policy) }
    }

    private init(_ run: AllocationReport.Run, policy: PolicyName) {
      self.policy = policy.rawValue
      seed = run.seed
      seeds = nil
      gpuAllocationPercent = run.result.allocationPercent
      deviation = nil
      placed = Double(run.result.placed)
      failed = Double(run.result.failed)
      decisionsPerSecond = run.decisionsPerSecond
      seconds = run.seconds
      runs = nil
    }
  }

  // MARK: - Times

  func print(_ reports: [(policy: PolicyName, report: TimelineReport)]) throws {
    guard format == .table else {
      try printJSON(reports.map { TimelineDocument(policy: $0.policy, $0.report) })
      return
    }
    var table = Table("POLICY", "CLASS", "STARTED", "NEVER", "MEAN WAIT", "P50", "P95", "MAX")
    for (policy, report) in reports {
      for entry in report.waiting {
        table.add(
          policy.rawValue, entry.qos.isEmpty ? "-" : entry.qos, "\(entry.started)",
          "\(entry.never)", "\(whole(entry.mean))s", "\(entry.median)s", "\(entry.p95)s",
          "\(entry.most)s")
      }
    }
    table.print()
    for (policy, report) in reports {
      let held = percent(report.meanUtilization * 100)
      Terminal.print(
        "\(policy.rawValue): \(report.nodes) nodes, GPU held \(held)"
          + " on average over \(report.seconds) s, fairness between \(report.organizations)"
          + " organizations \(String(format: "%.4f", report.fairness)) (Jain)"
          + (report.fairnessOfWeights.map {
            ", by weight while all waited \(String(format: "%.4f", $0))"
          } ?? ""))
    }
  }

  private struct TimelineDocument: Encodable {
    let policy: String
    let nodes: Int
    let organizations: Int
    let seconds: Int64
    let meanGpuUtilizationPercent: Double
    let jainFairnessIndex: Double
    let jainFairnessIndexByWeight: Double?
    let waitingSeconds: [Waiting]
    let utilization: [Point]

    struct Waiting: Encodable {
      let qos: String
      let priority: Int
      let started: Int
      let never: Int
      let mean: Double
      let p50: Int64
      let p95: Int64
      let max: Int64
    }

    struct Point: Encodable {
      let atSeconds: Int64
      let gpuPercent: Double
    }

    init(policy: PolicyName, _ report: TimelineReport) {
      self.policy = policy.rawValue
      nodes = report.nodes
      organizations = report.organizations
      seconds = report.seconds
      meanGpuUtilizationPercent = report.meanUtilization * 100
      jainFairnessIndex = report.fairness
      jainFairnessIndexByWeight = report.fairnessOfWeights
      waitingSeconds = report.waiting.map {
        Waiting(
          qos: $0.qos, priority: TimelineReplay.priorities[$0.qos] ?? 0, started: $0.started,
          never: $0.never, mean: $0.mean, p50: $0.median, p95: $0.p95, max: $0.most)
      }
      utilization = report.utilization.map {
        Point(atSeconds: $0.atSeconds, gpuPercent: $0.gpu * 100)
      }
    }
  }

  // MARK: - Words

  private func printJSON(_ documents: [some Encodable]) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    let data =
      documents.count == 1 ? try encoder.encode(documents[0]) : try encoder.encode(documents)
    Terminal.print(String(decoding: data, as: UTF8.self))
  }

  private func percent(_ value: Double) -> String { String(format: "%.2f %%", value) }
  private func whole(_ value: Double) -> String { String(format: "%.0f", value) }
}
