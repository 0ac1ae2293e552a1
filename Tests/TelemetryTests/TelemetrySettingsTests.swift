import Foundation
import Testing
import Wire

@testable import Telemetry

/// OpenTelemetry's variables.
struct TelemetrySettingsTests {
  private static func settings(
    _ variables: [String: String]
  ) throws(TelemetrySettingsError) -> TelemetrySettings? {
    try TelemetrySettings(service: "berthd", version: "1") { variables[$0] }
  }

  private static func problem(_ variables: [String: String]) -> String? {
    do throws(TelemetrySettingsError) {
      _ = try settings(variables)
      return nil
    } catch {
      return error.description
    }
  }

  private static let endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT"

  @Test(
    arguments: [
      [:], [endpoint: ""], [endpoint: "http://a:1", "OTEL_SDK_DISABLED": "true"],
      [endpoint: "http://a:1", "OTEL_TRACES_EXPORTER": "none"],
    ] as [[String: String]])
  func `nothing goes anywhere unless a collector is named`(variables: [String: String]) throws {
    #expect(try Self.settings(variables) == nil)
  }

  @Test(arguments: [
    ("http://a:4318", "http://a:4318/v1/traces"), ("https://a/otlp/", "https://a/otlp/v1/traces"),
  ])
  func `the path is added to the common endpoint`(given: String, used: String) throws {
    #expect(try Self.settings([Self.endpoint: given])?.endpoint.absoluteString == used)
    let own = try Self.settings([
      Self.endpoint: "http://b:1", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": given,
    ])
    #expect(own?.endpoint.absoluteString == given, "the endpoint of traces is taken as it is")
  }

  @Test(arguments: [
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
    ("OTEL_EXPORTER_OTLP_HEADERS", "novalue"), ("OTEL_EXPORTER_OTLP_HEADERS", "a b=c"),
    ("OTEL_EXPORTER_OTLP_HEADERS", "a=%0d%0ax"), ("OTEL_TRACES_SAMPLER", "sometimes"),
    ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon"), ("OTEL_BSP_SCHEDULE_DELAY", "0"),
    ("OTEL_RESOURCE_ATTRIBUTES", "x"),
  ])
  func `what is wrong is named`(variable: String, value: String) throws {
    let problem = Self.problem([Self.endpoint: "http://a:1"].merging([variable: value]) { $1 })
    #expect(problem?.hasPrefix(variable) == true, "\(problem ?? "none")")
  }

  @Test func `a header's secret is not in the message`() throws {
    let problem = Self.problem([
      Self.endpoint: "http://a:1", "OTEL_EXPORTER_OTLP_HEADERS": "bad header=topsecret",
    ])
    #expect(problem?.contains("topsecret") == false)
  }

  @Test func `the service has the name that is given, and attributes add to it`() throws {
    let settings = try #require(
      try Self.settings([
        Self.endpoint: "http://a:1", "OTEL_SERVICE_NAME": "mine",
        "OTEL_RESOURCE_ATTRIBUTES": "service.name=other,host.name=h%201",
      ]))
    let resource = Dictionary(settings.resource.map { ($0.name, $0.value) }) { $1 }
    #expect(resource["service.name"] == "mine" && resource["host.name"] == "h 1")
    #expect(resource["service.version"] == "1")
  }

  @Test func `a part of all traces is taken, the same ones by everybody`() throws {
    let variables = [
      Self.endpoint: "http://a:1", "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
      "OTEL_TRACES_SAMPLER_ARG": "0.25",
    ]
    let samplers = [
      try #require(try Self.settings(variables)).sampler,
      try #require(try Self.settings(variables)).sampler,
    ]
    let roots = (0..<4_000).map { _ in TraceContext.root(isSampled: false) }
    let taken = roots.filter { samplers[0].sampled($0).isSampled }
    #expect((800...1_200).contains(taken.count))
    #expect(roots.filter { samplers[1].sampled($0).isSampled } == taken)
    // What somebody else began is as they say.
    #expect(roots.allSatisfy { samplers[0].sampled($0.sampled(true).child()).isSampled })
    #expect(roots.allSatisfy { !samplers[0].sampled($0.child()).isSampled })
    let own = try #require(
      try Self.settings([Self.endpoint: "http://a:1", "OTEL_TRACES_SAMPLER": "always_off"]))
    #expect(!own.sampler.sampled(roots[0].sampled(true).child()).isSampled)
  }
}
