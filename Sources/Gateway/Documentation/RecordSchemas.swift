import HTTPTypes
import Messages

/// Operations of the older surface, and the schemas of the records that they answer.
struct RecordSchemas {
  private static let prefix = "http."

  private var schemas: [String: JSONValue] = [:]

  var members: [JSONMember] {
    schemas.sorted { $0.key < $1.key }.map { JSONMember(name: $0.key, value: $0.value) }
  }

  mutating func operation(_ endpoint: Endpoint) -> JSONValue {
    var members: [JSONMember] = [
      JSONMember(
        name: "operationId",
        value: .string(endpoint.path.split(separator: "/").joined(separator: "_"))),
      JSONMember(name: "tags", value: [.string(EndpointTag.name(of: endpoint.path))]),
      JSONMember(name: "summary", value: .string(endpoint.summary)),
      JSONMember(
        name: "security", value: SharedComponents.security(isOpen: endpoint.access == .anyone)),
    ]
    var parameters: [JSONValue] = []
    if case .array(let shared) = SharedComponents.parameterReferences { parameters += shared }
    if endpoint.method == .get {
      parameters += endpoint.input.map(Self.parameter)
    } else if !endpoint.input.isEmpty {
      members.append(JSONMember(name: "requestBody", value: Self.body(endpoint.input)))
    }
    members.append(JSONMember(name: "parameters", value: .array(parameters)))
    members.append(JSONMember(name: "responses", value: responses(endpoint)))
    return .object(members)
  }

  private mutating func responses(_ endpoint: Endpoint) -> JSONValue {
    var members: [JSONMember] = [
      JSONMember(
        name: "200",
        value: [
          "description": "What was asked for.",
          "content": ["application/json": ["schema": schema(endpoint.output)]],
        ])
    ]
    var codes = ["400", "422", "503"]
    if endpoint.access != .anyone { codes += ["401", "403", "404", "409"] }
    for code in codes.sorted() {
      members.append(
        JSONMember(
          name: code, value: ["$ref": .string("#/components/responses/Detail\(code)")]))
    }
    members.append(
      JSONMember(name: "default", value: ["$ref": "#/components/responses/Detail"]))
    return .object(members)
  }

  // MARK: Answers

  private mutating func schema(_ shape: OutputShape) -> JSONValue {
    switch shape {
    case .text(let words): Self.described(["type": "string"], words)
    case .number(let words): Self.described(["type": "number"], words)
    case .integer(let words): Self.described(["type": "integer"], words)
    case .flag(let words): Self.described(["type": "boolean"], words)
    case .time(let words):
      Self.described(["type": ["string", "null"], "format": "date-time"], words)
    case .list(let element): ["type": "array", "items": schema(element)]
    case .object(let fields): object(fields)
    case .record(let name, let fields): record(name, fields)
    }
  }

  private mutating func record(_ name: String, _ fields: [OutputField]) -> JSONValue {
    let name = Self.prefix + name
    if schemas[name] == nil { schemas[name] = object(fields) }
    return ["$ref": .string("#/components/schemas/\(name)")]
  }

  private mutating func object(_ fields: [OutputField]) -> JSONValue {
    var properties: [JSONMember] = []
    for field in fields {
      properties.append(JSONMember(name: field.name, value: schema(field.shape)))
    }
    return [
      "type": "object", "required": .array(fields.map { .string($0.name) }),
      "properties": .object(properties),
    ]
  }

  private static func described(_ schema: JSONValue, _ words: String) -> JSONValue {
    guard !words.isEmpty, case .object(let members) = schema else { return schema }
    return .object(members + [JSONMember(name: "description", value: .string(words))])
  }

  // MARK: Requests

  private static func parameter(_ field: InputField) -> JSONValue {
    [
      "name": .string(field.name), "in": "query", "required": .bool(field.isRequired),
      "description": .string(field.words), "schema": schema(field.kind),
    ]
  }

  private static func body(_ fields: [InputField]) -> JSONValue {
    let properties = fields.map { field in
      JSONMember(name: field.name, value: described(schema(field.kind), field.words))
    }
    let required = fields.filter(\.isRequired).map { JSONValue.string($0.name) }
    var object: [JSONMember] = [
      JSONMember(name: "type", value: "object"),
      JSONMember(name: "properties", value: .object(properties)),
    ]
    if !required.isEmpty { object.append(JSONMember(name: "required", value: .array(required))) }
    return [
      "required": .bool(!required.isEmpty),
      "content": ["application/json": ["schema": .object(object)]],
    ]
  }

  private static func schema(_ kind: InputField.Kind) -> JSONValue {
    switch kind {
    case .text: ["type": "string"]
    case .amount: ["type": "number", "minimum": 0]
    case .integer(let range):
      [
        "type": "integer", "minimum": .number(String(range.lowerBound)),
        "maximum": .number(String(range.upperBound)),
      ]
    case .time: ["type": "string", "format": "date-time"]
    case .choice(let names): ["type": "string", "enum": .array(names.map { .string($0) })]
    case .texts: ["type": "array", "items": ["type": "string"]]
    }
  }
}
