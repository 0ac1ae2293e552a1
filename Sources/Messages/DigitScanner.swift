/// Reads the parts of times and durations from the front of a text.
struct DigitScanner {
  private var rest: Substring.UTF8View

  init(_ text: String) { rest = text[...].utf8 }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard let first = rest.first, UInt32(first) == character.value else { return false }
    rest.removeFirst()
    return true
  }

  /// Exactly `count` digits.
  mutating func number(_ count: Int) -> Int64? {
    let (value, digits) = digits(atMost: count)
    return digits == count ? value : nil
  }

  /// As many digits as there are, at most `limit`; nil where there is none.
  mutating func number(atMost limit: Int) -> Int64? {
    let (value, digits) = digits(atMost: limit)
    return digits > 0 ? value : nil
  }

  /// Nothing (0), or a point and one to nine digits, in nanoseconds.
  mutating func fraction() -> Int32? {
    guard take(".") else { return 0 }
    var (value, digits) = digits(atMost: 9)
    guard digits > 0 else { return nil }
    for _ in digits..<9 { value *= 10 }
    return Int32(value)
  }

  /// `Z`, or `+hh:mm` east of UTC, `-hh:mm` west of it.
  mutating func offsetSeconds() -> Int64? {
    if take("Z") { return 0 }
    let sign: Int64
    if take("+") { sign = 1 } else if take("-") { sign = -1 } else { return nil }
    guard let hours = number(2), take(":"), let minutes = number(2), hours < 24, minutes < 60
    else { return nil }
    return sign * (hours * 3600 + minutes * 60)
  }

  /// No overflow: `limit` is at most 12.
  private mutating func digits(atMost limit: Int) -> (value: Int64, count: Int) {
    var value: Int64 = 0
    var count = 0
    while count < limit, let byte = rest.first, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9")
    {
      value = value * 10 + Int64(byte - UInt8(ascii: "0"))
      count += 1
      rest.removeFirst()
    }
    return (value, count)
  }
}
