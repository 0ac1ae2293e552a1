import Domain
import Testing

@testable import Simulation

@Suite struct TimelineReplayTests {
  private func report(
    shrink: Double = 1, organizations: Int = 1
  ) throws -> TimelineReport {
    var options = TimelineReplay.Options()
    options.shrink = shrink
    options.organizations = organizations
    var replay = try TimelineReplay(try Fixtures.trace(), options)
    return replay.run()
  }

  private func pod(
    _ name: String, gpu: Int64, qos: String, at created: Int64, for seconds: Int64
  ) -> TracePod {
    TracePod(
      name: name,
      request: Resources(cpu: MilliCPU(1), memory: Bytes(1), gpu: MilliGPU(gpu)), gpuModels: [],
      qos: qos, createdAt: created, seconds: seconds)
  }

  private let oneDevice = TraceNode(
    name: "n", capacity: Resources(cpu: MilliCPU(100), memory: Bytes(100), gpu: .device),
    gpuModel: "")

  @Test func `with room enough nothing waits`() throws {
    let report = try report()
    #expect(report.nodes == 5)
    // The pod that never ended has no run time: it is not replayed.
    #expect(report.waiting.map(\.started).reduce(0, +) == 8)
    #expect(report.waiting.allSatisfy { $0.never == 0 })
    // Only the one that wants all devices of the largest node may have to wait for them.
    #expect(report.waiting.filter { $0.qos != "BE" }.allSatisfy { $0.most == 0 })
    #expect(report.fairness == 1)
  }

  @Test func `who comes second waits for the first to end, the higher class goes before`() throws {
    let trace = Trace(
      nodes: [oneDevice],
      pods: [
        pod("a", gpu: 1_000, qos: "BE", at: 0, for: 100),
        pod("b", gpu: 1_000, qos: "BE", at: 10, for: 100),
        pod("c", gpu: 1_000, qos: "LS", at: 20, for: 50),
        pod("d", gpu: 0, qos: "BE", at: 200, for: 1),
      ])
    var replay = try TimelineReplay(trace, TimelineReplay.Options())
    let report = replay.run()
    let waits = Dictionary(uniqueKeysWithValues: report.waiting.map { ($0.qos, $0) })
    #expect(waits["LS"]?.most == 80)
    #expect(waits["BE"]?.most == 140)
    #expect(abs((waits["BE"]?.mean ?? 0) - 140.0 / 3) < 1e-9)
    // Held without a break from 0 to 200.
    #expect(abs(report.meanUtilization - 1) < 1e-9)
    #expect(report.utilization.allSatisfy { abs($0.gpu - 1) < 1e-6 })
  }

  @Test func `what never fits never starts`() throws {
    let trace = Trace(
      nodes: [oneDevice],
      pods: [
        pod("a", gpu: 2_000, qos: "LS", at: 0, for: 10),
        pod("b", gpu: 500, qos: "LS", at: 5, for: 5),
      ])
    var replay = try TimelineReplay(trace, TimelineReplay.Options())
    let report = replay.run()
    #expect(report.waiting.map(\.never) == [1])
    #expect(report.waiting.map(\.started) == [1])
  }

  @Test func `a part of the nodes is taken evenly`() throws {
    let nodes = try Fixtures.trace().nodes
    #expect(TimelineReplay.evenly(nodes, part: 1) == nodes)
    #expect(TimelineReplay.evenly(nodes, part: 0.4).map(\.name) == ["n2", "n4"])
  }

  @Test func `organizations get nodes and pods of their own`() throws {
    let report = try report(organizations: 2)
    #expect(report.organizations == 2)
    #expect((0.5...1).contains(report.fairness))
    #expect(throws: TraceError.self) { try self.report(organizations: 6) }
  }

  @Test func `organizations that share all clusters get their parts by weight`() throws {
    // For each of two organizations far more than fits, all at once.
    let pods = (0..<400).map { pod("p\($0)", gpu: 500, qos: "LS", at: 0, for: 100) }
    let trace = Trace(
      nodes: (0..<6).map { number in
        TraceNode(name: "n\(number)", capacity: oneDevice.capacity, gpuModel: "")
      }, pods: pods + [pod("last", gpu: 0, qos: "LS", at: 1_000, for: 1)])
    func report(_ weights: [Int64]?) throws -> TimelineReport {
      var options = TimelineReplay.Options()
      options.organizations = 2
      options.weights = weights
      var replay = try TimelineReplay(trace, options)
      return replay.run()
    }
    #expect(try report(nil).fairnessOfWeights == nil)
    for weights in [[1_000, 1_000], [1_000, 2_000], [5_000, 1_000]] as [[Int64]] {
      let fairness = try #require(try report(weights).fairnessOfWeights)
      #expect(fairness > 0.99, "\(weights)")
    }
  }

  @Test func `Jain's index is 1 for even shares and 1/n for one who has all`() {
    #expect(abs(jainIndex([0.3, 0.3, 0.3]) - 1) < 1e-12)
    #expect(jainIndex([1, 0, 0, 0]) == 0.25)
    #expect(jainIndex([]) == 1)
  }
}
