/// What a metric can be set to.
protocol MetricValue {
  /// As Prometheus reads it.
  var metricText: String { get }
}

extension Double: MetricValue {
  /// With Go's words for what is no number.
  var metricText: String {
    if isNaN { return "NaN" }
    if isInfinite { return self > 0 ? "+Inf" : "-Inf" }
    return description
  }
}

extension Int64: MetricValue {
  var metricText: String { description }
}

extension UInt64: MetricValue {
  var metricText: String { description }
}

extension Bool: MetricValue {
  var metricText: String { self ? "1" : "0" }
}

extension Duration: MetricValue {
  /// In seconds.
  var metricText: String {
    (Double(components.seconds) + Double(components.attoseconds) / 1e18).metricText
  }
}
