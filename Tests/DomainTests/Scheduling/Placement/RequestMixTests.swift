import Testing

@testable import Domain

@Suite struct RequestMixTests {
  private func request(
    cpu: Int64 = 4_000, memory: Int64 = 1 << 33, gpu: Int64, models: UInt64 = .max
  ) -> PlacementRequest {
    let resources = Resources(cpu: MilliCPU(cpu), memory: Bytes(memory), gpu: MilliGPU(gpu))
    return PlacementRequest(Demand(resources)!, models: models)
  }

  @Test func `sums what came`() {
    var mix = RequestMix()
    for gpu: Int64 in [500, 500, 250, 1_000, 4_000, 0] {
      _ = mix.learn(request(gpu: gpu), clusters: 10)
    }
    let sums = mix.sum(for: 0)
    #expect(sums.count == 5)
    #expect(sums.gpu == 6.25)
    #expect(sums.cpu == 20_000)
    #expect(sums.memory == 5 * 8_192)
    #expect(sums.cpuWithoutGPU == 4_000)
    #expect(
      sums.shares == [
        DevicePrices.Share(milliGPU: 250, weight: 1), DevicePrices.Share(milliGPU: 500, weight: 2),
      ])
    #expect(sums.several[4] == 4)
    #expect(sums.cpuBins.reduce(0, +) == 5)
  }

  @Test func `a model sees only the requests that may run on it`() {
    var mix = RequestMix()
    _ = mix.learn(request(gpu: 500, models: 0b01), clusters: 10)
    _ = mix.learn(request(gpu: 300, models: 0b10), clusters: 10)
    _ = mix.learn(request(gpu: 200), clusters: 10)
    #expect(mix.sum(for: 0).shares.map(\.milliGPU) == [200, 500])
    #expect(mix.sum(for: 1).shares.map(\.milliGPU) == [200, 300])
    #expect(mix.sum(for: 2).shares.map(\.milliGPU) == [200])
    #expect(mix.sets(of: 0) != mix.sets(of: 1))
    #expect(mix.sets(of: 2) == mix.sets(of: 3))
  }

  @Test func `looks are at doubling numbers`() {
    var mix = RequestMix()
    var looks: [Int] = []
    for number in 1...1_000 where mix.learn(request(gpu: 500), clusters: 640) {
      looks.append(number)
    }
    #expect(looks == [1, 11, 22, 44, 88, 176, 352, 704])
  }

  @Test func `old work fades, and what is forgotten makes room`() {
    var mix = RequestMix()
    _ = mix.learn(request(gpu: 333), clusters: 1)
    for _ in 0..<10 * SchedulingLimits.mixWindow {
      _ = mix.learn(request(gpu: 500), clusters: 1)
    }
    let sums = mix.sum(for: 0)
    #expect(sums.shares.map(\.milliGPU) == [500])
    #expect(sums.count <= Double(SchedulingLimits.mixWindow))
  }

  @Test func `many sizes and many sets of models stay bounded`() {
    var mix = RequestMix()
    for size in 1..<1_000 {
      _ = mix.learn(request(gpu: Int64(size), models: UInt64(size)), clusters: 1)
    }
    #expect(mix.sums.count <= SchedulingLimits.modelSets)
    #expect(mix.sum(for: 1).shares.count <= SchedulingLimits.shareSizes)
    #expect(mix.sums.reduce(0) { $0 + $1.sums.count } == 999)
  }
}
