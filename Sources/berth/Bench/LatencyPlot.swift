import Foundation

/// The latencies of a load as a picture: an SVG histogram over a logarithmic axis, with the
/// percentiles marked.
struct LatencyPlot {
  let title: String
  let latency: LatencyHistogram

  private static let (width, height) = (860.0, 420.0)
  private static let (left, right, top, bottom) = (64.0, 24.0, 56.0, 56.0)
  private static let style = """
    text{font:13px system-ui,sans-serif;fill:#1f2933}.t{font-size:16px;font-weight:600}\
    .g{stroke:#d5dbe1}.b{fill:#3b6fb6}.m{stroke:#b4372a;stroke-dasharray:4 3}.n{fill:#b4372a}\
    svg{background:#fff}
    """

  var svg: String {
    let bands = latency.bands(perDoubling: 8).filter { $0.toMicroseconds > 0 }
    guard let first = bands.first, let last = bands.last else { return empty }
    let scale = Scale(
      from: log10(max(first.fromMicroseconds, 0.01)), to: log10(last.toMicroseconds),
      left: Self.left, right: Self.width - Self.right)
    let largest = Double(bands.map(\.count).max() ?? 1) / Double(latency.total)
    var parts = [header]
    parts += shares(upTo: largest)
    for band in bands where band.count > 0 {
      parts.append(bar(band, scale, largest))
    }
    parts += ticks(scale)
    parts += marks(scale)
    parts.append("</svg>\n")
    return parts.joined(separator: "\n")
  }

  private struct Scale {
    let from: Double
    let to: Double
    let left: Double
    let right: Double

    func x(_ microseconds: Double) -> Double {
      let span = max(to - from, 0.001)
      return left + (log10(max(microseconds, 0.01)) - from) / span * (right - left)
    }
  }

  private var header: String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" \
    role="img" aria-label="\(Self.escaped(title))"><style>\(Self.style)</style>
    <text class="t" x="\(Int(Self.left))" y="26">\(Self.escaped(title))</text>
    """
  }

  private var empty: String {
    header + "\n<text x=\"64\" y=\"60\">no call succeeded</text></svg>\n"
  }

  private func bar(_ band: LatencyHistogram.Band, _ scale: Scale, _ largest: Double) -> String {
    let (x, end) = (scale.x(band.fromMicroseconds), scale.x(band.toMicroseconds))
    let share = Double(band.count) / Double(latency.total)
    let full = Self.height - Self.top - Self.bottom
    let height = share / largest * full
    return
      "<rect class=\"b\" x=\"\(Self.f(x))\" y=\"\(Self.f(Self.height - Self.bottom - height))\""
      + " width=\"\(Self.f(max(end - x - 1, 0.5)))\" height=\"\(Self.f(height))\"/>"
  }

  /// Lines at a quarter, a half, three quarters and all of the largest share.
  private func shares(upTo largest: Double) -> [String] {
    (1...4).map { quarter in
      let part = Double(quarter) / 4
      let y = Self.height - Self.bottom - part * (Self.height - Self.top - Self.bottom)
      return
        "<line class=\"g\" x1=\"\(Self.f(Self.left))\" x2=\"\(Self.f(Self.width - Self.right))\""
        + " y1=\"\(Self.f(y))\" y2=\"\(Self.f(y))\"/>"
        + "<text x=\"\(Self.f(Self.left - 8))\" y=\"\(Self.f(y + 4))\" text-anchor=\"end\">"
        + String(format: "%.1f %%", part * largest * 100) + "</text>"
    }
  }

  /// One, two and five of each power of ten.
  private func ticks(_ scale: Scale) -> [String] {
    let powers = Int(scale.from.rounded(.down))...Int(scale.to.rounded(.up))
    let values = powers.flatMap { power in [1, 2, 5].map { $0 * pow(10, Double(power)) } }
    return values.filter { (scale.from...scale.to).contains(log10($0)) }.map { value in
      "<text x=\"\(Self.f(scale.x(value)))\" y=\"\(Self.f(Self.height - Self.bottom + 22))\""
        + " text-anchor=\"middle\">\(BenchReport.time(value))</text>"
    }
  }

  private func marks(_ scale: Scale) -> [String] {
    [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)].enumerated().map { index, mark in
      let value = latency.microseconds(at: mark.1)
      let (x, y) = (scale.x(value), Self.top + Double(index) * 18)
      let anchor = x > Self.width - 160 ? "end" : "start"
      return "<line class=\"m\" x1=\"\(Self.f(x))\" x2=\"\(Self.f(x))\" y1=\"\(Self.f(y - 10))\""
        + " y2=\"\(Self.f(Self.height - Self.bottom))\"/><text class=\"n\" x=\""
        + Self.f(anchor == "end" ? x - 5 : x + 5)
        + "\" y=\"\(Self.f(y))\" text-anchor=\"\(anchor)\">\(mark.0) \(BenchReport.time(value))</text>"
    }
  }

  private static func f(_ value: Double) -> String { String(format: "%.1f", value) }

  private static func escaped(_ text: String) -> String {
    text.replacingOccurrences(of: "&", with: "&amp;")
      .replacingOccurrences(of: "<", with: "&lt;").replacingOccurrences(of: "\"", with: "&quot;")
  }
}
