import Domain
import Foundation
import Simulation
import TestSupport

enum Fixtures {
  static let folder = TestEnvironment.checkout + "/Tests/SimulationTests/Fixtures"

  /// A small made trace.
  static func trace() throws -> Trace {
    func text(_ name: String) throws -> String {
      try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
    }
    return Trace(
      nodes: try TraceNode.read(text("nodes.csv"), file: "nodes.csv"),
      pods: try TracePod.read(text("pods.csv"), file: "pods.csv"))
  }

  /// Machines and requests like those of a GPU cluster, but not of one that was looked at.
  static func generated(seed: UInt64, nodes: Int) -> Trace {
    var random = TraceRandom(seed: seed)
    let shapes: [(cpu: Int64, devices: Int64)] = [(64, 2), (96, 8), (128, 8), (48, 4), (96, 4)]
    let machines = (0..<nodes).map { number in
      let shape = shapes[random.below(shapes.count)]
      return TraceNode(
        name: "n\(number)",
        capacity: Resources(
          cpu: MilliCPU(shape.cpu * 1_000), memory: Bytes(shape.cpu << 32),
          gpu: MilliGPU(shape.devices * 1_000)), gpuModel: "")
    }
    let sizes: [Int64] = [220, 300, 300, 460, 470, 500, 640, 700, 1_000, 1_000, 2_000, 4_000]
    let pods = (0..<500).map { number in
      let gpu = random.below(8) == 0 ? 0 : sizes[random.below(sizes.count)]
      let cores = 1 + Int64(random.below(Int(max(gpu, 300)) * 24 / 1_000 + 1))
      return TracePod(
        name: "p\(number)",
        request: Resources(
          cpu: MilliCPU(cores * 1_000), memory: Bytes(cores << 31), gpu: MilliGPU(gpu)),
        gpuModels: [])
    }
    return Trace(nodes: machines, pods: pods)
  }
}
