/// The part of a second in JSON.
enum SecondFraction {
  /// Empty, or a point and 3, 6 or 9 digits, whichever is enough. What is no part of a second is
  /// brought into range: the text stays well-formed whatever a peer sent.
  static func text(_ nanos: Int32) -> String {
    let nanos = min(nanos.magnitude, 999_999_999)
    guard nanos > 0 else { return "" }
    let all = String(nanos)
    let digits = String(repeating: "0", count: 9 - all.utf8.count) + all
    let count = nanos % 1_000_000 == 0 ? 3 : nanos % 1000 == 0 ? 6 : 9
    return "." + digits.prefix(count)
  }
}
