/// How often each kind of request came, for policies that look at every kind. Bounded: what comes
/// when all places are taken is not counted.
struct RequestKinds: Sendable {
  private(set) var counts: [(request: PlacementRequest, weight: Double)] = []
  private var places: [PlacementRequest: Int] = [:]

  mutating func add(_ request: PlacementRequest) {
    if let place = places[request] {
      counts[place].weight += 1
    } else if counts.count < SchedulingLimits.placementKinds {
      places[request] = counts.count
      counts.append((request, 1))
    }
  }
}
