import RPCClient
import Testing

@testable import Exposition

struct MetricTableTests {
  @Test func `help and type stand once, before the values, in the order of the list`() {
    var table = MetricTable()
    table.set(.deployments, ["running"], Int64(3))
    table.set(.up, ["b:1"], false)
    table.set(.up, ["a:1"], true)
    #expect(
      table.text == """
        # HELP berth_up Whether the replica answered: 1 or 0.
        # TYPE berth_up gauge
        berth_up{replica="b:1"} 0
        berth_up{replica="a:1"} 1
        # HELP berth_deployments Deployments that are not over, by their state.
        # TYPE berth_deployments gauge
        berth_deployments{state="running"} 3

        """)
  }

  @Test(arguments: [
    ("plain", "plain"), ("say \"hi\"", "say \\\"hi\\\""), ("a\\b", "a\\\\b"),
    ("two\nlines", "two\\nlines"), ("\\\"\n", "\\\\\\\"\\n"), ("größer 🚢", "größer 🚢"),
    ("\r\n", "\r\\n"),
  ])
  func `a label's value cannot end it`(value: String, escaped: String) {
    #expect(MetricTable.escaped(value) == escaped)
  }

  @Test func `numbers are as Prometheus reads them`() {
    #expect(Double.infinity.metricText == "+Inf")
    #expect((-Double.infinity).metricText == "-Inf")
    #expect(Double.nan.metricText == "NaN")
    #expect(0.25.metricText == "0.25")
    #expect(UInt64.max.metricText == "18446744073709551615")
    #expect(Duration.milliseconds(1_500).metricText == "1.5")
  }

  @Test func `a histogram is cumulative, and ends with all`() {
    let bounds = HistogramBounds(first: 0, last: 3)
    let histogram = Histogram(
      [
        LatencyBucket(upTo: ProtobufDuration(seconds: 0, nanos: 1_024), count: 1),
        // Within the second bucket.
        LatencyBucket(upTo: ProtobufDuration(seconds: 0, nanos: 1_500), count: 2),
        LatencyBucket(upTo: ProtobufDuration(seconds: 0, nanos: 2_048), count: 4),
        LatencyBucket(upTo: ProtobufDuration(seconds: 1), count: 8),
        LatencyBucket(upTo: nil, count: 16),
      ], sum: ProtobufDuration(seconds: 2), in: bounds)
    #expect(histogram.cumulative.map(\.count) == [1, 7, 7, 7])
    #expect(histogram.count == 31)
    var table = MetricTable()
    table.set(.wait, ["a:1"], histogram)
    #expect(
      table.text.split(separator: "\n").dropFirst(2).map(String.init) == [
        #"berth_scheduler_wait_seconds_bucket{replica="a:1",le="1.024e-06"} 1"#,
        #"berth_scheduler_wait_seconds_bucket{replica="a:1",le="2.048e-06"} 7"#,
        #"berth_scheduler_wait_seconds_bucket{replica="a:1",le="4.096e-06"} 7"#,
        #"berth_scheduler_wait_seconds_bucket{replica="a:1",le="8.192e-06"} 7"#,
        #"berth_scheduler_wait_seconds_bucket{replica="a:1",le="+Inf"} 31"#,
        #"berth_scheduler_wait_seconds_sum{replica="a:1"} 2.0"#,
        #"berth_scheduler_wait_seconds_count{replica="a:1"} 31"#,
      ])
  }

  @Test func `bounds are told as short as they are`() {
    for bounds in [ExpositionLimits.callBuckets, ExpositionLimits.waitBuckets] {
      var table = MetricTable()
      table.set(.wait, ["a"], Histogram([], sum: nil, in: bounds))
      let told = table.text.matches(of: #/le="([^"]*)"/#).map { String($0.output.1) }
      #expect(told.count == bounds.nanoseconds.count + 1)
      for (text, nanoseconds) in zip(told, bounds.nanoseconds) {
        #expect(Double(text) == Double(nanoseconds) / 1e9)
        #expect(text.count <= 17, "\(text)")
      }
    }
  }
}
