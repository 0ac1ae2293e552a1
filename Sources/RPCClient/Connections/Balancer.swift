/// Chooses among the servers of a channel. A value: what stands where comes in.
struct Balancer {
  let balancing: Balancing
  /// Where the next search begins, so that those that are equal take turns.
  private var turn = 0

  init(_ balancing: Balancing) { self.balancing = balancing }

  /// One of `count` servers. `load` is how many calls of ours a server has under way; nil: it
  /// takes none now.
  mutating func pick(count: Int, load: (Int) -> Int?) -> Int? {
    guard count > 0 else { return nil }
    if balancing == .pickFirst { return (0..<count).first { load($0) != nil } }
    var best: (index: Int, load: Int)?
    for offset in 0..<count {
      let index = (turn + offset) % count
      guard let load = load(index) else { continue }
      if balancing == .roundRobin || load == 0 {
        best = (index, load)
        break
      }
      if load < best?.load ?? .max { best = (index, load) }
    }
    guard let best else { return nil }
    turn = (best.index + 1) % count
    return best.index
  }
}
