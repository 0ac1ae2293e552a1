import Domain
import Simulation
import Testing

@Suite struct TraceReadingTests {
  @Test func `reads nodes and pods`() throws {
    let trace = try Fixtures.trace()
    #expect(trace.nodes.count == 5)
    #expect(trace.milliGPU == 16_000)
    #expect(trace.nodes[2].gpuModel == "V100")
    #expect(trace.nodes[0].capacity.memory == Bytes(128 << 30))
    #expect(
      trace.pods.map(\.request.gpu.value) == [500, 300, 1_000, 1_000, 2_000, 4_000, 8_000, 0, 700])
    #expect(trace.pods[5].gpuModels == ["T4", "V100"])
    #expect(trace.pods[2].seconds == 195)
    #expect(trace.pods[7].seconds == 20)
    #expect(trace.pods[8].seconds == nil)
  }

  @Test func `columns may stand in any order, be quoted, and others be there`() throws {
    let text = "gpu,extra,sn,memory_mib,cpu_milli\r\n2,\"a, b\",n,1024,\"3000\"\r\n"
    let nodes = try TraceNode.read(text, file: "n.csv")
    #expect(nodes.map(\.name) == ["n"])
    #expect(nodes[0].capacity.cpu == MilliCPU(3_000))
    #expect(nodes[0].capacity.gpu == MilliGPU(2_000))
  }

  struct Bad: Sendable {
    let text: String
    let words: String
  }

  private static let header = "name,cpu_milli,memory_mib,num_gpu,gpu_milli"

  @Test(arguments: [
    Bad(text: "", words: "p.csv:1: no header"),
    Bad(text: "name,cpu_milli", words: "p.csv:1: no column 'memory_mib'"),
    Bad(text: header, words: "p.csv: no pods"),
    Bad(text: "\(header)\na,x,1,0,0", words: "p.csv:2:3: cpu_milli: 'x' is not a whole number"),
    Bad(text: "\(header)\na,1,1,0,0\n\nb,1,-1,0,0", words: "p.csv:4:5: memory_mib: -1 is not from"),
    Bad(text: "\(header)\na,1,1,1,1001", words: "p.csv:2:9: gpu_milli: 1001 is not from 1 to 1000"),
    Bad(text: "\(header)\na,1,1,2,500", words: "p.csv:2:9: gpu_milli: several devices are asked"),
    Bad(text: "\(header)\na,1,1", words: "p.csv:2:5: 3 fields where the header has 5"),
    Bad(text: "\(header)\n\"a,1,1,1,1", words: "p.csv:2:1: a quote is not closed"),
    Bad(text: "\(header)\n\"a\"b,1,1,1,1", words: "p.csv:2:1: something follows a closed quote"),
    Bad(
      text: "\(header)\na,99999999999999999999,1,0,0",
      words: "p.csv:2:3: cpu_milli: '99999999999999999999' is not a whole number"),
  ])
  func `what is wrong is named with file, line and column`(bad: Bad) {
    let error = #expect(throws: TraceError.self) { try TracePod.read(bad.text, file: "p.csv") }
    #expect(error?.description.hasPrefix(bad.words) ?? false, "\(error?.description ?? "")")
  }

  @Test("random bytes end in pods or in an error", arguments: 1...200)
  func survivesNoise(seed: UInt64) {
    var random = TraceRandom(seed: seed)
    let alphabet = Array("0123456789,,,\n\n\"ax-|")
    let noise = String((0..<200).map { _ in alphabet[random.below(alphabet.count)] })
    _ = try? TracePod.read(Self.header + "\n" + noise, file: "p.csv")
    _ = try? TraceNode.read(noise, file: "n.csv")
  }
}
