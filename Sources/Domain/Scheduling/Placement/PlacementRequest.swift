/// A kind of request, as placement compares them: deployments of one kind have the same candidates.
struct PlacementRequest: Hashable, Sendable {
  let cpu: Int64
  let memory: Int64
  let kind: Demand.Kind
  /// As in `Demand`: thousandths of one device, or a number of devices.
  let gpu: Int64
  /// A bit for each of the pool's models that will do.
  let models: UInt64

  init(_ demand: Demand, models: UInt64) {
    cpu = demand.cpu
    memory = demand.memory
    kind = demand.kind
    gpu = demand.gpu
    self.models = kind == .noGPU ? .max : models
  }

  var milliGPU: Int64 { kind == .wholeDevices ? gpu * MilliGPU.device.value : gpu }

  var mebibytes: Double { Double(memory) / Double(1 << 20) }

  @inline(__always)
  func accepts(model: UInt8) -> Bool { models >> UInt64(model) & 1 != 0 }
}
