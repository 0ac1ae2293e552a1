import Foundation

/// Lines of one picture over parts of a whole, as SVG: a line a policy.
struct AllocationPlot {
  let title: String
  let lines: [(name: String, points: [(x: Double, y: Double)])]

  private static let (width, height) = (860.0, 480.0)
  private static let (left, right, top, bottom) = (64.0, 96.0, 48.0, 48.0)
  private static let colours = ["#3b6fb6", "#c2571a", "#2e8b57", "#8a4fae", "#b4372a", "#666666"]
  private static let style = """
    text{font:13px system-ui,sans-serif;fill:#1f2933}.t{font-size:16px;font-weight:600}\
    .g{stroke:#d5dbe1}svg{background:#fff}polyline{fill:none;stroke-width:2}
    """

  var svg: String {
    let points = lines.flatMap(\.points)
    let most = (x: max(points.map(\.x).max() ?? 1, 0.01), y: max(points.map(\.y).max() ?? 1, 0.01))
    var parts = [header]
    parts += grid(most)
    for (index, line) in lines.enumerated() {
      parts += [polyline(line, index, most), legend(line.name, index)]
    }
    parts.append("</svg>\n")
    return parts.joined(separator: "\n")
  }

  private var header: String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" \
    role="img" aria-label="\(title)"><style>\(Self.style)</style>
    <text class="t" x="\(Int(Self.left))" y="26">\(title)</text>
    """
  }

  /// A line each tenth of the width and of the height.
  private func grid(_ most: (x: Double, y: Double)) -> [String] {
    (0...10).flatMap { tenth in
      let (x, y) = place((most.x * Double(tenth) / 10, most.y * Double(tenth) / 10), most)
      let (low, high) = (Self.height - Self.bottom, Self.top)
      return [
        line(x1: Self.left, x2: Self.width - Self.right, y1: y, y2: y),
        line(x1: x, x2: x, y1: low, y2: high),
        text(most.x * Double(tenth) * 10, x: x, y: low + 20, anchor: "middle"),
        text(most.y * Double(tenth) * 10, x: Self.left - 8, y: y + 4, anchor: "end"),
      ]
    }
  }

  private func polyline(
    _ line: (name: String, points: [(x: Double, y: Double)]), _ index: Int,
    _ most: (x: Double, y: Double)
  ) -> String {
    let points = line.points.map { point in
      let (x, y) = place(point, most)
      return "\(Self.f(x)),\(Self.f(y))"
    }
    return "<polyline stroke=\"\(Self.colour(index))\""
      + " points=\"\(points.joined(separator: " "))\"/>"
  }

  private func legend(_ name: String, _ index: Int) -> String {
    let (x, y) = (Self.width - Self.right + 12, Self.top + Double(index) * 20)
    return "<text x=\"\(Self.f(x))\" y=\"\(Self.f(y))\""
      + " style=\"fill:\(Self.colour(index))\">\(name)</text>"
  }

  private func line(x1: Double, x2: Double, y1: Double, y2: Double) -> String {
    "<line class=\"g\" x1=\"\(Self.f(x1))\" x2=\"\(Self.f(x2))\" y1=\"\(Self.f(y1))\""
      + " y2=\"\(Self.f(y2))\"/>"
  }

  private func text(_ percent: Double, x: Double, y: Double, anchor: String) -> String {
    "<text x=\"\(Self.f(x))\" y=\"\(Self.f(y))\" text-anchor=\"\(anchor)\">"
      + String(format: "%.0f", percent) + "</text>"
  }

  private func place(_ point: (x: Double, y: Double), _ most: (x: Double, y: Double)) -> (
    Double, Double
  ) {
    (
      Self.left + point.x / most.x * (Self.width - Self.left - Self.right),
      Self.height - Self.bottom - point.y / most.y * (Self.height - Self.top - Self.bottom)
    )
  }

  private static func colour(_ index: Int) -> String { colours[index % colours.count] }
  private static func f(_ value: Double) -> String { String(format: "%.1f", value) }
}
