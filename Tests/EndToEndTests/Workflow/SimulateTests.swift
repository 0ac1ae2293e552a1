import Foundation
import TestSupport
import Testing

/// `berth simulate`: no server, only the program.
@Suite struct SimulateTests {
  private let station: Workstation
  private let folder = TestEnvironment.checkout + "/Tests/SimulationTests/Fixtures"

  init() throws { station = try Workstation() }

  private struct Report: Decodable {
    let policy: String
    let gpuAllocationPercent: Double
    let placed: Double
    let failed: Double
    let decisionsPerSecond: Double
    let seconds: Double
    let seed: UInt64?
    let seeds: [UInt64]?
    let runs: [Report]?
  }

  private func simulate(_ arguments: String...) async throws -> Data {
    let files = ["--nodes", folder + "/nodes.csv", "--pods", folder + "/pods.csv"]
    let outcome = try await station.run(["-o", "json", "simulate"] + files + arguments)
    #expect(outcome.exit == .exited(0), "\(outcome)")
    return Data(outcome.standardOutput.utf8)
  }

  private var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return decoder
  }

  @Test func `one policy and one seed is one object`() async throws {
    let report = try decoder.decode(Report.self, from: try await simulate("--seed", "7"))
    #expect(report.policy == "berth" && report.seed == 7)
    #expect((10...100).contains(report.gpuAllocationPercent))
    #expect(report.placed > 0 && report.failed > 0)
    #expect(report.decisionsPerSecond > 0 && report.seconds > 0)
  }

  @Test func `several policies and seeds are told each, and a plot is drawn`() async throws {
    let plot = station.home.file("plot.svg")
    let data = try await simulate("--seeds", "1-3", "--policy", "all", "--plot", plot)
    let reports = try decoder.decode([Report].self, from: data)
    #expect(reports.map(\.policy) == ["berth", "best-fit", "fgd", "random"])
    #expect(reports.allSatisfy { $0.seeds == [1, 2, 3] && $0.runs?.count == 3 })
    let mean = try #require(reports[0].runs).reduce(0) { $0 + $1.gpuAllocationPercent } / 3
    #expect(abs(mean - reports[0].gpuAllocationPercent) < 1e-9)
    let picture = try String(contentsOfFile: plot, encoding: .utf8)
    #expect(picture.components(separatedBy: "<polyline").count == 5)
  }

  @Test func `times are replayed`() async throws {
    struct Timeline: Decodable {
      struct Waiting: Decodable {
        let qos: String
        let started: Int
      }
      let nodes: Int
      let jainFairnessIndex: Double
      let waitingSeconds: [Waiting]
    }
    let data = try await simulate("--timeline", "--shrink", "0.8", "--organizations", "2")
    let report = try decoder.decode(Timeline.self, from: data)
    #expect(report.nodes == 4)
    #expect((0.5...1).contains(report.jainFairnessIndex))
    #expect(report.waitingSeconds.map(\.qos) == ["BE", "Burstable", "Guaranteed", "LS"])
  }

  @Test func `a bad file and bad options are told clearly`() async throws {
    let bad = station.home.file("bad.csv")
    try "sn,cpu_milli,memory_mib,gpu\nn,1,2,x\n".write(
      toFile: bad, atomically: true, encoding: .utf8)
    let pods = folder + "/pods.csv"
    let error = try await station.berth("simulate", "--nodes", bad, "--pods", pods, exits: 65)
    #expect(error.hasSuffix("bad.csv:2:7: gpu: 'x' is not a whole number"))
    let missing = try await station.berth(
      "simulate", "--nodes", "/nowhere.csv", "--pods", pods, exits: 66)
    #expect(missing.contains("cannot read /nowhere.csv"))
    for wrong in [
      ["--demand", "0"], ["--policy", "worst"], ["--seeds", "9-3"], ["--shrink", "2"],
    ] {
      let outcome = try await station.run(
        ["simulate", "--nodes", bad, "--pods", pods] + wrong)
      #expect(outcome.exit == .exited(64), "\(wrong): \(outcome)")
    }
  }
}
