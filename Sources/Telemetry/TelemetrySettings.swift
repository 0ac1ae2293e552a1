package import Foundation
package import Wire

/// Where spans go, from OpenTelemetry's variables. docs/operations.md lists them.
package struct TelemetrySettings: Sendable {
  package let endpoint: URL
  package let headers: [(name: String, value: String)]
  package let sampler: TraceSampler
  /// Of one request, with its attempts' pauses left out.
  package let timeout: Duration
  /// How long a span waits at most for others to be sent with.
  package let delay: Duration
  /// What describes the program.
  package let resource: [(name: String, value: String)]

  /// Nil: no endpoint is named, or it is turned off. Throws what is wrong, naming the variable.
  ///
  /// - Parameters:
  ///   - service: the program's name, where `OTEL_SERVICE_NAME` names no other.
  ///   - value: a variable's text; nil where it is not set.
  package init?(
    service: String, version: String, _ value: @escaping (String) -> String?
  ) throws(TelemetrySettingsError) {
    let source = Source(value: value)
    if source.text("OTEL_SDK_DISABLED")?.lowercased() == "true" { return nil }
    if source.text("OTEL_TRACES_EXPORTER") == "none" { return nil }
    guard let endpoint = try source.endpoint() else { return nil }
    self.endpoint = endpoint
    try source.checkProtocol()
    headers = try source.headers()
    sampler = try source.sampler()
    timeout = try source.milliseconds(
      ["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"], standard: 10_000)
    delay = try source.milliseconds(["OTEL_BSP_SCHEDULE_DELAY"], standard: 1_000)
    resource = try source.resource(service: service, version: version)
  }

  private struct Source {
    let value: (String) -> String?

    /// An empty text counts as not given.
    func text(_ name: String) -> String? {
      guard let text = value(name), !text.isEmpty else { return nil }
      return text
    }

    private func first(_ names: [String]) -> (name: String, text: String)? {
      for name in names { if let text = text(name) { return (name, text) } }
      return nil
    }

    func endpoint() throws(TelemetrySettingsError) -> URL? {
      let own = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
      guard let (name, text) = first([own, "OTEL_EXPORTER_OTLP_ENDPOINT"]) else { return nil }
      guard var url = URL(string: text), let scheme = url.scheme?.lowercased(),
        ["http", "https"].contains(scheme), url.host()?.isEmpty == false
      else {
        throw TelemetrySettingsError(name, "is \"\(text)\", not http://host:port or https://…")
      }
      if name != own { url.append(path: "v1/traces") }
      return url
    }

    func checkProtocol() throws(TelemetrySettingsError) {
      let names = ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"]
      guard let (name, text) = first(names), text != "http/json" else { return }
      throw TelemetrySettingsError(name, "is \"\(text)\"; only http/json is spoken")
    }

    func headers() throws(TelemetrySettingsError) -> [(name: String, value: String)] {
      let names = ["OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"]
      guard let (name, text) = first(names) else { return [] }
      let pairs = try pairs(text, name, limit: TelemetryLimits.headers)
      let separators = "!#$%&'*+-.^_`|~"
      // What is in the value is a secret, as a rule: it is not told.
      for (key, value) in pairs {
        guard
          key.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || separators.contains($0)) }),
          value.unicodeScalars.allSatisfy({ 0x20...0x7e ~= $0.value })
        else { throw TelemetrySettingsError(name, "has a header that is none: \"\(key)\"") }
      }
      return pairs
    }

    /// `name=value,name=value`, with values as in URLs.
    private func pairs(
      _ text: String, _ name: String, limit: Int
    ) throws(TelemetrySettingsError) -> [(name: String, value: String)] {
      var pairs: [(String, String)] = []
      for part in text.split(separator: ",") {
        let part = part.trimmingCharacters(in: .whitespaces)
        guard let equals = part.firstIndex(of: "="), equals != part.startIndex,
          let value = part[part.index(after: equals)...].removingPercentEncoding
        else { throw TelemetrySettingsError(name, "is not a list like name=value,name=value") }
        pairs.append(
          (
            part[..<equals].trimmingCharacters(in: .whitespaces),
            value.trimmingCharacters(in: .whitespaces)
          ))
      }
      guard pairs.count <= limit else {
        throw TelemetrySettingsError(name, "has more than \(limit) entries")
      }
      return pairs
    }

    func sampler() throws(TelemetrySettingsError) -> TraceSampler {
      let name = "OTEL_TRACES_SAMPLER"
      switch text(name) ?? "parentbased_always_on" {
      case "always_on": return TraceSampler(followsCaller: false, part: 1)
      case "always_off": return TraceSampler(followsCaller: false, part: 0)
      case "traceidratio": return TraceSampler(followsCaller: false, part: try part())
      case "parentbased_always_on": return TraceSampler(followsCaller: true, part: 1)
      case "parentbased_always_off": return TraceSampler(followsCaller: true, part: 0)
      case "parentbased_traceidratio": return TraceSampler(followsCaller: true, part: try part())
      case let other:
        throw TelemetrySettingsError(
          name,
          "is \"\(other)\"; expected always_on, always_off, traceidratio or one of these behind "
            + "parentbased_")
      }
    }

    private func part() throws(TelemetrySettingsError) -> Double {
      guard let text = text("OTEL_TRACES_SAMPLER_ARG") else { return 1 }
      guard let part = Double(text), (0...1).contains(part) else {
        throw TelemetrySettingsError(
          "OTEL_TRACES_SAMPLER_ARG", "is \"\(text)\", not a number from 0 to 1")
      }
      return part
    }

    func milliseconds(
      _ names: [String], standard: Int
    ) throws(TelemetrySettingsError) -> Duration {
      guard let (name, text) = first(names) else { return .milliseconds(standard) }
      guard let count = Int(text), (1...600_000).contains(count) else {
        throw TelemetrySettingsError(
          name, "is \"\(text)\", not a number of milliseconds from 1 to 600000")
      }
      return .milliseconds(count)
    }

    func resource(
      service: String, version: String
    ) throws(TelemetrySettingsError) -> [(name: String, value: String)] {
      let name = "OTEL_RESOURCE_ATTRIBUTES"
      let own = try text(name).map { text throws(TelemetrySettingsError) in
        try pairs(text, name, limit: TelemetryLimits.resourceAttributes)
      }
      var all: [(name: String, value: String)] = [
        ("service.name", text("OTEL_SERVICE_NAME") ?? service), ("service.version", version),
        ("host.name", ProcessInfo.processInfo.hostName),
        ("process.pid", "\(ProcessInfo.processInfo.processIdentifier)"),
        ("telemetry.sdk.name", "berth"), ("telemetry.sdk.language", "swift"),
        ("telemetry.sdk.version", version),
      ]
      for pair in own ?? [] {
        if pair.name == "service.name", text("OTEL_SERVICE_NAME") != nil { continue }
        all.removeAll { $0.name == pair.name }
        all.append(pair)
      }
      return all
    }
  }
}

/// A variable that is wrong, in one line.
package struct TelemetrySettingsError: Error, CustomStringConvertible {
  package let variable: String
  package let problem: String

  init(_ variable: String, _ problem: String) {
    self.variable = variable
    self.problem = problem
  }

  package var description: String { "\(variable) \(problem)" }
}
