import Foundation
import TestSupport
import Testing

/// The contrasts of the design's tokens, as WCAG 2.2 computes them.
struct ContrastTests {
  private enum Scheme: Int, CaseIterable { case light, dark }

  /// Text of any size: 4.5 to 1 (success criterion 1.4.3, AA).
  private static let textPairs: [(String, [String])] = [
    ("ink", ["canvas", "surface", "raised", "sunken", "accent-soft"]),
    ("ink-soft", ["canvas", "surface", "raised", "sunken"]),
    ("accent", ["canvas", "surface", "raised"]),
    ("accent-strong", ["surface", "accent-soft"]),
    ("on-accent", ["accent", "accent-strong"]),
    ("waiting", ["waiting-soft", "surface"]), ("starting", ["starting-soft", "surface"]),
    ("running", ["running-soft", "surface"]), ("ended", ["ended-soft", "surface"]),
    ("failed", ["failed-soft", "surface", "raised"]),
  ]
  /// What must be seen to use or understand something: 3 to 1 (1.4.11).
  private static let shapePairs: [(String, [String])] = [
    ("line-strong", ["surface", "raised"]), ("accent", ["surface", "canvas", "raised", "sunken"]),
    ("cpu", ["surface", "sunken"]), ("memory", ["surface", "sunken"]),
    ("gpu", ["surface", "sunken"]), ("running", ["surface"]), ("waiting", ["surface"]),
  ]

  @Test func `text stands out from what is behind it, in light and dark`() throws {
    try Self.check(Self.textPairs, atLeast: 4.5)
  }

  @Test func `bars, lines and the borders of fields do too`() throws {
    try Self.check(Self.shapePairs, atLeast: 3)
  }

  @Test func `the formula is WCAG's`() throws {
    #expect(abs(Self.contrast([0, 0, 0], [1, 1, 1]) - 21) < 0.001)
    #expect(abs(Self.contrast([0, 0, 0], [0, 0, 0]) - 1) < 0.001)
    // #767676 on white: the well-known least grey.
    let grey = Double(0x76) / 255
    #expect(abs(Self.contrast([grey, grey, grey], [1, 1, 1]) - 4.54) < 0.01)
  }

  private static func check(_ pairs: [(String, [String])], atLeast least: Double) throws {
    let tokens = try tokens()
    for scheme in Scheme.allCases {
      for (front, backs) in pairs {
        for back in backs {
          let colors = try [front, back].map { name in
            try #require(tokens[name], "no token --\(name)")[scheme.rawValue]
          }
          let contrast = contrast(colors[0], colors[1])
          #expect(contrast >= least, "--\(front) on --\(back) in \(scheme): \(contrast)")
        }
      }
    }
  }

  /// The tokens that have a color for light and one for dark, as red, green and blue from 0 to 1.
  private static func tokens() throws -> [String: [[Double]]] {
    let path = TestEnvironment.checkout + "/Sources/Console/Assets/css/tokens.css"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let pattern = #/--([a-z-]+): light-dark\(#([0-9a-f]{6}), #([0-9a-f]{6})\);/#
    let found = text.matches(of: pattern).map { match in
      (String(match.output.1), [color(match.output.2), color(match.output.3)])
    }
    return Dictionary(found) { first, _ in first }
  }

  private static func color(_ digits: Substring) -> [Double] {
    let value = Int(digits, radix: 16) ?? 0
    return [16, 8, 0].map { Double(value >> $0 & 255) / 255 }
  }

  /// https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
  private static func contrast(_ left: [Double], _ right: [Double]) -> Double {
    let (one, other) = (luminance(left), luminance(right))
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)
  }

  private static func luminance(_ color: [Double]) -> Double {
    let linear = color.map { $0 <= 0.04045 ? $0 / 12.92 : pow(($0 + 0.055) / 1.055, 2.4) }
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
  }
}
