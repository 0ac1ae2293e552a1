import Domain
import Testing

@Suite struct ResourceValidationTests {
  @Test(arguments: [0, 1, 500, 999, 1_000, 2_000, 1_024_000] as [Int64])
  func `none, a share of one device, or whole devices may be asked for`(millis: Int64) {
    var validation = Validation()
    #expect(validation.gpus(millis, "gpu_millis") == MilliGPU(millis))
    #expect(validation.violations == [])
  }

  @Test(arguments: [-1, 1_001, 1_500, 1_999, 1_024_001, 1_025_000, .max, .min] as [Int64])
  func `what is neither is refused`(millis: Int64) {
    var validation = Validation()
    #expect(validation.gpus(millis, "gpu_millis") == nil)
    #expect(validation.violations.map(\.field) == ["gpu_millis"])
  }

  @Test func `three tenths are exactly three tenths`() {
    let tenth = Resources(cpu: MilliCPU(100), memory: Bytes(1), gpu: MilliGPU(100))
    let sum = tenth + tenth + tenth
    #expect(sum.cpu == MilliCPU(300) && sum.gpu == MilliGPU(300))
    #expect(sum.fits(in: Resources(cpu: MilliCPU(300), memory: Bytes(3), gpu: MilliGPU(300))))
  }

  /// Whatever the numbers, the check agrees with the rule written another way, and never traps.
  @Test(arguments: [UInt64.random(in: .min ... .max), 1])
  func `random amounts are judged by the rule`(seed: UInt64) {
    let random = SeededRandom(seed: seed)
    func number() -> Int64 {
      switch random.below(4) {
      case 0: Int64(random.below(3_000)) - 10
      case 1: Int64(random.below(1_100)) * 1_000
      case 2: [Int64.max, .min, 0, 1, 1 << 60, 1 << 60 + 1, 1_000_000_000][random.below(7)]
      default: Int64(truncatingIfNeeded: random.next())
      }
    }
    for _ in 0..<5_000 {
      let amount = RequestedResources(
        cpuMillis: number(), memoryBytes: number(), gpuMillis: number())
      var validation = Validation()
      let request = validation.request(amount, "resources")
      let cpuHolds = amount.cpuMillis > 0 && amount.cpuMillis <= 1_000_000_000
      let memoryHolds = amount.memoryBytes > 0 && amount.memoryBytes <= 1 << 60
      let gpu = amount.gpuMillis
      let gpuHolds = gpu >= 0 && gpu <= 1_024_000 && (gpu < 1_000 || gpu % 1_000 == 0)
      var wrong: [String] = []
      if !cpuHolds { wrong.append("resources.cpu_millis") }
      if !memoryHolds { wrong.append("resources.memory_bytes") }
      if !gpuHolds { wrong.append("resources.gpu_millis") }
      #expect(validation.violations.map(\.field) == wrong, "seed \(seed): \(amount)")
      #expect((request != nil) == wrong.isEmpty, "seed \(seed): \(amount)")
    }
  }
}
