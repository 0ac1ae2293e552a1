import Messages

/// Which samples of a chart are kept: the latest, at a steady distance.
struct SampleRing {
  struct Change {
    let added: String
    let removed: String?
  }

  private var lastAt: Int64?
  private var count = 0

  /// The ids of the one to keep and the one to let go. Nil: it comes too soon after the last.
  mutating func add(at now: Timestamp) -> Change? {
    let interval = ConsoleLimits.sampleInterval / .microseconds(1)
    // A little early is in time: looks are not exact.
    if let lastAt, Double(now.microseconds) < Double(lastAt) + interval * 0.9 { return nil }
    lastAt = now.microseconds
    count += 1
    let removed = count - ConsoleLimits.samples
    return Change(added: "\(count)", removed: removed > 0 ? "\(removed)" : nil)
  }
}
