/// What one cluster lacks for a deployment in one dimension.
package struct FitShortage: Sendable, Equatable {
  package enum Dimension: Sendable, CaseIterable {
    /// Thousandths of a core.
    case cpu
    /// Bytes.
    case memory
    /// Thousandths of one device.
    case gpuShare
    /// Whole devices.
    case gpuDevices
  }

  package let dimension: Dimension
  package let needed: Int64
  /// What it may have now; of a cluster that is too small, what it would have of an empty one.
  package let available: Int64
  /// What the cluster has in all.
  package let capacity: Int64
  /// How much more it would need. More than `needed - available` where those who fill in before a
  /// reservation have taken more than will be left.
  package let missing: Int64

  init(_ dimension: Dimension, needed: Int64, room: Int64, capacity: Int64) {
    self.dimension = dimension
    self.needed = needed
    available = max(0, room)
    self.capacity = capacity
    missing = needed - room
  }

  /// What of a demand this room does not cover; empty exactly if the demand fits.
  static func all(of demand: Demand, in room: Room, capacity: Room) -> [FitShortage] {
    var all: [FitShortage] = []
    func add(_ dimension: Dimension, _ needed: Int64, _ free: Int64, _ capacity: Int64) {
      guard needed > free else { return }
      all.append(FitShortage(dimension, needed: needed, room: free, capacity: capacity))
    }
    add(.cpu, demand.cpu, room.cpu, capacity.cpu)
    add(.memory, demand.memory, room.memory, capacity.memory)
    switch demand.kind {
    case .noGPU: break
    case .share: add(.gpuShare, demand.gpu, room.largestShare, capacity.largestShare)
    case .wholeDevices: add(.gpuDevices, demand.gpu, room.wholeDevices, capacity.wholeDevices)
    }
    return all
  }

  /// For people, exact.
  package var words: String {
    switch dimension {
    case .cpu:
      "needs \(Amount.thousandths(needed)) CPU, \(Amount.thousandths(available)) of "
        + "\(Amount.thousandths(capacity)) free"
    case .memory:
      "needs \(Amount.memory(needed)) of memory, \(Amount.memory(available)) of "
        + "\(Amount.memory(capacity)) free"
    case .gpuShare:
      "needs \(Amount.thousandths(needed)) of one GPU, at most "
        + "\(Amount.thousandths(available)) free on one"
    case .gpuDevices: "needs \(Amount.devices(needed)), \(available) of \(capacity) free"
    }
  }

  /// Of a cluster that could never hold it.
  var wordsOfEmpty: String {
    switch dimension {
    case .cpu: "needs \(Amount.thousandths(needed)) CPU, has \(Amount.thousandths(capacity))"
    case .memory: "needs \(Amount.memory(needed)) of memory, has \(Amount.memory(capacity))"
    case .gpuShare: "needs \(Amount.thousandths(needed)) of one GPU, has none"
    case .gpuDevices: "needs \(Amount.devices(needed)), has \(capacity)"
    }
  }
}
