/// A cluster's books as one organization has them, as they would be without some of what holds
/// there: who has to end, so that a demand fits.
struct EndingTrial {
  /// One that may end.
  struct Holder {
    let demand: Demand
    let devices: [Int]
    /// Whether it counts against the quotas of the organization whose books these are.
    let isOwn: Bool
  }

  private(set) var book: ClusterBook
  /// What the organization may still hold on all clusters together; nil: anything.
  private(set) var left: Amounts?
  let key: QueueKey
  let demand: Demand

  /// - Parameters:
  ///   - left: what the organization may still hold on all clusters together; nil: anything.
  ///   - key: the place in the queue of who is to fit.
  init(book: ClusterBook, left: Amounts?, key: QueueKey, demand: Demand) {
    self.book = book
    self.left = left
    self.key = key
    self.demand = demand
  }

  var room: Room { book.room(for: key) }

  var fits: Bool { book.hasRoom(for: demand, key: key, left: left) }

  mutating func end(_ holder: Holder) {
    book.release(holder.demand, devices: holder.devices)
    guard holder.isOwn else { return }
    if let held = book.quota?.held { book.quota?.held = held - Amounts(holder.demand) }
    if let known = left { left = known + Amounts(holder.demand) }
  }

  private mutating func restore(_ holder: Holder) {
    book.hold(holder.demand, devices: holder.devices)
    guard holder.isOwn else { return }
    if let held = book.quota?.held { book.quota?.held = held + Amounts(holder.demand) }
    if let known = left { left = known - Amounts(holder.demand) }
  }

  /// Of those who have ended, enough for the demand, each in turn stays if it is not needed; the
  /// rest, in the same order.
  mutating func spare<Ended>(_ ended: [Ended], _ holder: (Ended) -> Holder) -> [Ended] {
    ended.filter { one in
      let without = self
      restore(holder(one))
      if fits { return false }
      self = without
      return true
    }
  }
}
