import Domain
import Testing

@Suite struct SchedulingDeviceTests {
  private var fixtures = Fixtures()
  private var engine = SchedulingEngine()

  private mutating func place(gpu: Int64, models: [String] = []) -> Placement? {
    engine.apply(.deployment(fixtures.deployment(cpu: 1, gpu: gpu, models: models)))
    return engine.settle(now: .start).first
  }

  @Test mutating func `shares fill the device that they leave least of`() {
    engine.apply(.cluster(fixtures.cluster(devices: 3)))
    #expect(place(gpu: 600)?.gpuDevices == [0])
    #expect(place(gpu: 500)?.gpuDevices == [1])
    #expect(place(gpu: 400)?.gpuDevices == [0])
    #expect(place(gpu: 500)?.gpuDevices == [1])
    // Full devices are passed over, and the last one stays whole for who needs it whole.
    #expect(place(gpu: 1_000)?.gpuDevices == [2])
    #expect(place(gpu: 1) == nil)
  }

  @Test mutating func `a share never spans devices and a whole device is never shared`() {
    engine.apply(.cluster(fixtures.cluster(devices: 2)))
    #expect(place(gpu: 600)?.gpuDevices == [0])
    #expect(place(gpu: 600)?.gpuDevices == [1])
    // 800 thousandths are free, but no device has 500, and none is whole.
    #expect(place(gpu: 500) == nil)
    #expect(place(gpu: 1_000) == nil)
    #expect(place(gpu: 400)?.gpuDevices == [0])
  }

  @Test mutating func `only the models that are named will do`() {
    let h100 = fixtures.cluster(devices: 1, model: "H100")
    let t4 = fixtures.cluster(devices: 1, model: "T4")
    let plain = fixtures.cluster(devices: 1)
    for cluster in [h100, t4, plain] { engine.apply(.cluster(cluster)) }
    #expect(place(gpu: 1_000, models: ["T4", "A100"])?.cluster == t4.id)
    #expect(place(gpu: 1_000, models: ["T4", "A100"]) == nil)
    #expect(place(gpu: 1_000, models: ["T4", "H100"])?.cluster == h100.id)
    #expect(place(gpu: 1_000)?.cluster == plain.id)
  }

  @Test mutating func `work without GPU keeps away from GPUs while it can`() {
    let gpu = fixtures.cluster(cpu: 8_000, devices: 8)
    let cpu = fixtures.cluster(cpu: 64_000)
    engine.apply(.cluster(gpu))
    engine.apply(.cluster(cpu))
    #expect(place(gpu: 0)?.cluster == cpu.id)
  }

  @Test mutating func `whole devices are taken where the fewest are left over`() {
    let eight = fixtures.cluster(cpu: 32_000, memory: 1 << 36, devices: 8)
    let two = fixtures.cluster(cpu: 8_000, memory: 1 << 34, devices: 2)
    engine.apply(.cluster(eight))
    engine.apply(.cluster(two))
    #expect(place(gpu: 2_000)?.cluster == two.id)
    #expect(place(gpu: 8_000)?.cluster == eight.id)
  }

  @Test mutating func `devices come back when their holder ends`() {
    engine.apply(.cluster(fixtures.cluster(devices: 2)))
    let first = fixtures.deployment(gpu: 2_000)
    engine.apply(.deployment(first))
    let placement = engine.settle(now: .start)[0]
    #expect(place(gpu: 300) == nil)
    engine.apply(.deployment(first.placed(by: placement).ended(.cancelled)))
    #expect(engine.settle(now: .start).map(\.gpuDevices) == [[0]])
    #expect(place(gpu: 1_000)?.gpuDevices == [1])
  }
}
