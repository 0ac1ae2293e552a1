/// How much of what is left of a cluster's devices will go unused for lack of CPU, or of memory:
/// the newsvendor's expected loss. What requests ask for beside a device is taken as normal; the
/// deviation of a sum grows with the root of how many there are.
struct Shortage: Sendable {
  /// What a device's worth of requests asks for.
  var perDevice: Double
  /// Its standard deviation.
  var spread: Double

  /// Requests come one by one, not from the whole mix at once: part of the deviation evens out.
  private static let spreadPart = 0.75

  /// - Parameters:
  ///   - sum, squared, timesGPU: of the requests' amounts.
  ///   - gpu, gpuSquared: of their devices.
  init(sum: Double, squared: Double, timesGPU: Double, gpu: Double, gpuSquared: Double) {
    perDevice = sum / gpu
    let variance =
      (squared - 2 * perDevice * timesGPU + perDevice * perDevice * gpuSquared) / gpu
    // Never quite certain, so that the loss stays smooth.
    spread = max(
      Self.spreadPart * max(variance, 0).squareRoot(), 0.05 * perDevice + 1)
  }

  /// In devices.
  /// - Parameters:
  ///   - worth: what is left of the devices, in devices.
  ///   - root: the root of it, kept above zero.
  ///   - free: what is left beside them.
  @inline(__always)
  func devices(worth: Double, root: Double, free: Double, loss: NormalLoss) -> Double {
    let deviation = spread * root
    return deviation * loss((worth * perDevice - free) / deviation) / perDevice
  }

  func isLike(_ other: Self) -> Bool {
    abs(perDevice - other.perDevice) <= 0.02 * other.perDevice
      && abs(spread - other.spread) <= 0.05 * other.spread
  }
}
