extension Validation {
  mutating func priority(_ value: Int, _ field: String) {
    if !DomainLimits.priority.contains(value) {
      refuse(field, "must be 0 to \(DomainLimits.priority.upperBound)")
    }
  }

  /// 1 to 64 of a-z, 0-9 and hyphens.
  mutating func priorityClassName(_ text: String, _ field: String) {
    let isName = text.utf8.allSatisfy {
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
    }
    if !isName || !DomainLimits.priorityClassNameBytes.contains(text.utf8.count) {
      refuse(
        field,
        "must have 1 to \(DomainLimits.priorityClassNameBytes.upperBound) of a-z, 0-9 and hyphens")
    }
  }

  mutating func queueTimeToLive(_ duration: Duration?, _ field: String) {
    if let duration, !DomainLimits.queueTimeToLive.contains(duration) {
      refuse(field, "must be 1 second to 366 days")
    }
  }

  mutating func startBy(_ time: Instant?, now: Instant, _ field: String) {
    guard let time else { return }
    if time <= now || time - now > DomainLimits.queueTimeToLive.upperBound {
      refuse(field, "must be in the future, at most 366 days ahead")
    }
  }
}
