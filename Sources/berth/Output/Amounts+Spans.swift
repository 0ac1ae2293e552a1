import ArgumentParser
import Foundation
import RPCClient

extension Amounts {
  /// What an option says; nil: it was not given.
  static func parsed(
    _ text: String?, _ option: String, _ parse: (String) -> Int64?
  ) throws -> Int64? {
    guard let text else { return nil }
    guard let value = parse(text) else {
      throw ValidationError("\(option): \(text) is not an amount.")
    }
    return value
  }
}

/// Spans of time as people write them.
extension Amounts {
  private static let units: [(Character, Int64)] = [
    ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1),
  ]

  /// "90s", "5m", "2h", "1d"; a bare number is seconds.
  static func span(_ text: String) -> ProtobufDuration? {
    let factor = units.first { $0.0 == text.last }
    let digits = factor == nil ? Substring(text) : text.dropLast()
    guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }),
      let count = Int64(digits)
    else { return nil }
    let (seconds, overflow) = count.multipliedReportingOverflow(by: factor?.1 ?? 1)
    return overflow ? nil : ProtobufDuration(seconds: seconds)
  }

  static func parsedSpan(_ text: String, option: String) throws -> ProtobufDuration {
    guard let span = span(text) else {
      throw ValidationError("\(option): \(text) is not a time like 90s, 5m, 2h or 1d.")
    }
    return span
  }

  /// In the largest unit that divides it: "5m".
  static func span(_ duration: ProtobufDuration) -> String {
    let unit = units.first { duration.seconds % $0.1 == 0 && duration.seconds >= $0.1 }
    return unit.map { "\(duration.seconds / $0.1)\($0.0)" } ?? "\(duration.seconds)s"
  }

  /// A span from now, or a time like 2026-11-27T08:00:00Z.
  static func parsedTime(_ text: String, option: String) throws -> Timestamp {
    if let span = span(text) {
      let now = Int64(Date().timeIntervalSince1970)
      let (seconds, overflow) = now.addingReportingOverflow(span.seconds)
      if !overflow { return Timestamp(seconds: seconds) }
    } else if let date = ISO8601DateFormatter().date(from: text) {
      return Timestamp(seconds: Int64(date.timeIntervalSince1970))
    }
    throw ValidationError(
      "\(option): \(text) is not a time from now like 10m or one like 2026-11-27T08:00:00Z.")
  }
}
