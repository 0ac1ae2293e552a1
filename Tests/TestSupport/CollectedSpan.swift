import Foundation

/// A span as a collector got it.
package struct CollectedSpan: Sendable {
  package let service: String
  package let name: String
  package let kind: Int
  package let trace: String
  package let id: String
  package let parent: String?
  package let start: UInt64
  package let end: UInt64
  package let attributes: [String: String]
  package let isError: Bool
  package let state: String?
}

extension HTTPCollector {
  /// Every span that came, read as OTLP's JSON mapping asks. Throws what is not as it asks.
  package func spans() throws -> [CollectedSpan] {
    try requests.flatMap { request in
      guard request.line.hasPrefix("POST /v1/traces "),
        request.headers["content-type"] == "application/json"
      else { throw OTLPProblem("not a request of traces: \(request.line)") }
      return try OTLPReader.spans(Data(request.body))
    }
  }
}

/// What is wrong with a document.
package struct OTLPProblem: Error, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}

/// Reads OTLP/JSON strictly: names in camel case, ids in hexadecimal digits, 64-bit numbers as
/// text.
private enum OTLPReader {
  static func spans(_ data: Data) throws -> [CollectedSpan] {
    let root = try object(JSONSerialization.jsonObject(with: data), ["resourceSpans"])
    return try list(root["resourceSpans"]).flatMap { group in
      let group = try object(group, ["resource", "scopeSpans"])
      let resource = try attributes(object(group["resource"], ["attributes"])["attributes"])
      guard let service = resource["service.name"] else { throw OTLPProblem("no service.name") }
      return try list(group["scopeSpans"]).flatMap { scope in
        let scope = try object(scope, ["scope", "spans"])
        _ = try object(scope["scope"], ["name", "version"])
        return try list(scope["spans"]).map { try span($0, service) }
      }
    }
  }

  private static func span(_ value: Any, _ service: String) throws -> CollectedSpan {
    let span = try object(
      value,
      [
        "traceId", "spanId", "parentSpanId", "traceState", "flags", "name", "kind",
        "startTimeUnixNano", "endTimeUnixNano", "attributes", "droppedAttributesCount", "status",
      ])
    let status = try object(span["status"], ["code", "message"])
    guard let kind = span["kind"] as? Int, (1...5).contains(kind), span["flags"] is Int else {
      throw OTLPProblem("kind or flags of \(span)")
    }
    let (start, end) = (
      try integer(span["startTimeUnixNano"]), try integer(span["endTimeUnixNano"])
    )
    guard start <= end else { throw OTLPProblem("it ends before it begins: \(span)") }
    return CollectedSpan(
      service: service, name: try text(span["name"]), kind: kind,
      trace: try identifier(span["traceId"], digits: 32),
      id: try identifier(span["spanId"], digits: 16),
      parent: try span["parentSpanId"].map { try identifier($0, digits: 16) }, start: start,
      end: end, attributes: try attributes(span["attributes"]),
      isError: status["code"] as? Int == 2, state: span["traceState"] as? String)
  }

  private static func object(_ value: Any?, _ names: Set<String>) throws -> [String: Any] {
    guard let object = value as? [String: Any] else {
      throw OTLPProblem("no object: \(value ?? "none")")
    }
    if let stray = object.keys.first(where: { !names.contains($0) }) {
      throw OTLPProblem("no field of it is called \(stray)")
    }
    return object
  }

  private static func list(_ value: Any?) throws -> [Any] {
    guard let list = value as? [Any] else { throw OTLPProblem("no list: \(value ?? "none")") }
    return list
  }

  private static func text(_ value: Any?) throws -> String {
    guard let text = value as? String else { throw OTLPProblem("no text: \(value ?? "none")") }
    return text
  }

  private static func identifier(_ value: Any?, digits: Int) throws -> String {
    let text = try text(value)
    guard text.count == digits, text.allSatisfy({ "0123456789abcdef".contains($0) }),
      text.contains(where: { $0 != "0" })
    else { throw OTLPProblem("no identifier: \(text)") }
    return text
  }

  private static func integer(_ value: Any?) throws -> UInt64 {
    guard let number = UInt64(try text(value)) else {
      throw OTLPProblem("no number as text: \(value ?? "none")")
    }
    return number
  }

  private static func attributes(_ value: Any?) throws -> [String: String] {
    var attributes: [String: String] = [:]
    for entry in try list(value) {
      let entry = try object(entry, ["key", "value"])
      let value = try object(entry["value"], ["stringValue", "intValue", "boolValue"])
      guard value.count == 1 else { throw OTLPProblem("not one value: \(value)") }
      if let flag = value["boolValue"] as? Bool {
        attributes[try text(entry["key"])] = "\(flag)"
      } else {
        attributes[try text(entry["key"])] = try text(
          value["stringValue"] ?? value["intValue"])
      }
    }
    return attributes
  }
}
