import HeapModule

/// For one kind of request the clusters that have room for it, in order of their score. `base` is
/// how they were when it was built: runs of neighbours in equal state. `fresh` are those that
/// changed later; an entry is old when its cluster has changed after it.
struct CandidateOrder: Sendable {
  struct Run: Comparable, Sendable {
    let score: Double
    var first: Int32
    /// Behind the last.
    var end: Int32

    @inline(__always)
    static func < (a: Self, b: Self) -> Bool {
      a.score != b.score ? a.score < b.score : a.first < b.first
    }
    @inline(__always)
    static func == (a: Self, b: Self) -> Bool { a.score == b.score && a.first == b.first }
  }

  struct Entry: Comparable, Sendable {
    let score: Double
    let position: Int32
    /// The change that it was worked out after.
    let change: Int

    @inline(__always)
    static func < (a: Self, b: Self) -> Bool {
      a.score != b.score ? a.score < b.score : a.position < b.position
    }
    @inline(__always)
    static func == (a: Self, b: Self) -> Bool { a.score == b.score && a.position == b.position }
  }

  var base = Heap<Run>()
  var fresh = Heap<Entry>()
  /// The number of changes when it was built, and up to where they were read since.
  var built = 0
  var read = 0
  /// Of the scores in it; 0: not built.
  var epoch = 0
  /// When it was asked last.
  var used = 0

  var count: Int { base.count + fresh.count }

  /// Works it out from nothing.
  mutating func build(
    _ request: PlacementRequest, _ clusters: ClusterStates, _ policy: some PlacementScore
  ) {
    var runs: [Run] = []
    fresh = Heap()
    for position in 0..<clusters.count {
      let state = clusters[position]
      guard request.cpu <= state.cpu, request.memory <= state.memory,
        request.milliGPU <= Int64(state.freeMilliGPU)
      else { continue }
      if let last = runs.last, Int(last.end) == position,
        clusters.areAlike(position - 1, position)
      {
        runs[runs.count - 1].end += 1
        continue
      }
      let score = policy.score(request, on: state, of: clusters)
      guard score < .infinity else { continue }
      runs.append(Run(score: score, first: Int32(position), end: Int32(position + 1)))
    }
    base = Heap(runs)
  }
}
