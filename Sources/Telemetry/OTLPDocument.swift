package import Wire

/// Spans as OTLP's JSON has them: ids in hexadecimal, 64-bit numbers as texts, names in camel case.
/// https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
package struct OTLPDocument {
  private var text = ""

  /// The document of a request to `/v1/traces`.
  package static func traces(
    _ spans: [Span], resource: [(name: String, value: String)], scopeVersion: String
  ) -> String {
    var document = OTLPDocument()
    document.text.reserveCapacity(512 * spans.count + 1_024)
    document.text += #"{"resourceSpans":[{"resource":{"attributes":["#
    document.list(resource) { $0.attribute($1.name, .text($1.value)) }
    document.text += #"]},"scopeSpans":[{"scope":{"name":"berth","version":"#
    document.string(scopeVersion)
    document.text += #"},"spans":["#
    document.list(spans) { $0.span($1) }
    document.text += "]}]}]}"
    return document.text
  }

  private mutating func span(_ span: Span) {
    text += #"{"traceId":"\#(span.context.traceID)","spanId":"\#(span.context.spanID)""#
    if let parent = span.context.parentID { text += #","parentSpanId":"\#(parent)""# }
    if let state = span.traceState {
      text += #","traceState":"#
      string(state)
    }
    // The sampled and the random bit.
    text += #","flags":\#(span.context.isSampled ? 3 : 2),"name":"#
    string(span.name)
    text += #","kind":\#(Self.number(span.kind)),"startTimeUnixNano":"\#(span.start)""#
    text += #","endTimeUnixNano":"\#(span.end)","attributes":["#
    list(span.attributes.prefix(TelemetryLimits.attributes)) { $0.attribute($1.name, $1.value) }
    text += #"],"droppedAttributesCount":"#
    text += "\(max(span.attributes.count - TelemetryLimits.attributes, 0))"
    text += #","status":{"#
    if let failure = span.failure {
      text += #""code":2,"message":"#
      string(failure)
    }
    text += "}}"
  }

  private static func number(_ kind: Span.Kind) -> Int {
    switch kind {
    case .internal: 1
    case .server: 2
    case .client: 3
    case .producer: 4
    case .consumer: 5
    }
  }

  private mutating func attribute(_ name: String, _ value: Span.Value) {
    text += #"{"key":"#
    string(name)
    text += #","value":{"#
    switch value {
    case .text(let value):
      text += #""stringValue":"#
      string(value)
    case .integer(let value): text += #""intValue":"\#(value)""#
    case .flag(let value): text += #""boolValue":\#(value)"#
    }
    text += "}}"
  }

  private mutating func list<Items: Collection>(
    _ items: Items, _ write: (inout OTLPDocument, Items.Element) -> Void
  ) {
    var isFirst = true
    for item in items {
      if !isFirst { text += "," }
      isFirst = false
      write(&self, item)
    }
  }

  private mutating func string(_ value: String) {
    text += JSONText.quoted(String(value.prefix(TelemetryLimits.attributeCharacters)))
  }
}
