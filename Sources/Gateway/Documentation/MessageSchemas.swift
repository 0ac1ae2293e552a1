import Descriptors
import Messages

/// JSON schemas of messages in protobuf's JSON mapping, for those that are asked for and all that
/// they need.
struct MessageSchemas {
  private let catalog: TypeCatalog
  private var schemas: [String: JSONValue] = [:]

  init(_ catalog: TypeCatalog) { self.catalog = catalog }

  /// What was asked for, by name.
  var members: [JSONMember] {
    schemas.sorted { $0.key < $1.key }.map { JSONMember(name: $0.key, value: $0.value) }
  }

  /// A reference to a message's or enum's schema, which is made where it is not there yet.
  mutating func reference(to name: String) -> JSONValue {
    if schemas[name] == nil {
      // Known before it is made, so that types that name each other come to an end.
      schemas[name] = .null
      schemas[name] = schema(of: name)
    }
    return ["$ref": .string("#/components/schemas/\(name)")]
  }

  private mutating func schema(of name: String) -> JSONValue {
    switch name {
    case "google.protobuf.Timestamp":
      return [
        "type": "string", "format": "date-time",
        "description": "RFC 3339 in UTC, for example `2026-01-31T12:30:00.500Z`.",
      ]
    case "google.protobuf.Duration":
      return [
        "type": "string", "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$",
        "description": "Seconds with up to nine decimal places and an `s`, for example `1.5s`.",
      ]
    default: break
    }
    if let one = catalog.enums[name] { return Self.schema(of: one) }
    guard let message = catalog.messages[name] else { return ["type": "object"] }
    var members: [JSONMember] = [JSONMember(name: "type", value: "object")]
    let words = Self.words(message)
    if !words.isEmpty { members.append(JSONMember(name: "description", value: .string(words))) }
    var properties: [JSONMember] = []
    for field in message.fields {
      properties.append(JSONMember(name: field.jsonName, value: property(field, of: message)))
    }
    if !properties.isEmpty {
      members.append(JSONMember(name: "properties", value: .object(properties)))
    }
    return .object(members)
  }

  /// The message's comment, and which fields exclude each other.
  private static func words(_ message: Proto.Message) -> String {
    var words = [Comment(message.comments).text]
    for index in message.oneofs.indices {
      let fields = message.fields.filter { $0.oneofIndex == index && !$0.isProto3Optional }
      guard fields.count > 1 else { continue }
      words.append("At most one of \(fields.map { "`\($0.jsonName)`" }.joined(separator: ", ")).")
    }
    return words.filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  private mutating func property(_ field: Proto.Field, of message: Proto.Message) -> JSONValue {
    let entry = message.messages.first {
      $0.isMapEntry && field.typeName.hasSuffix(".\(message.name).\($0.name)")
    }
    var members: [JSONMember]
    if let value = entry?.fields.first(where: { $0.number == 2 }) {
      members = [
        JSONMember(name: "type", value: "object"),
        JSONMember(name: "additionalProperties", value: .object(type(of: value))),
      ]
    } else if field.label == .repeated {
      members = [
        JSONMember(name: "type", value: "array"),
        JSONMember(name: "items", value: .object(type(of: field))),
      ]
    } else {
      members = type(of: field)
    }
    let words = Comment(field.comments).text
    if !words.isEmpty { members.append(JSONMember(name: "description", value: .string(words))) }
    return .object(members)
  }

  /// By FieldDescriptorProto.Type.
  private mutating func type(of field: Proto.Field) -> [JSONMember] {
    switch field.type {
    case 1, 2: [JSONMember(name: "type", value: "number")]
    // A text, because JavaScript's numbers lose what is above 2^53; a number is taken, too.
    case 3, 16, 18: Self.number(["string", "integer"], "int64")
    case 4, 6: Self.number(["string", "integer"], "uint64")
    case 5, 15, 17: Self.number("integer", "int32")
    case 7, 13: Self.number("integer", "uint32")
    case 8: [JSONMember(name: "type", value: "boolean")]
    case 9: [JSONMember(name: "type", value: "string")]
    case 12:
      [
        JSONMember(name: "type", value: "string"),
        JSONMember(name: "contentEncoding", value: "base64"),
      ]
    default:
      if case .object(let members) = reference(to: TypeCatalog.name(field.typeName)) {
        members
      } else {
        []
      }
    }
  }

  private static func number(_ type: JSONValue, _ format: JSONValue) -> [JSONMember] {
    [JSONMember(name: "type", value: type), JSONMember(name: "format", value: format)]
  }

  private static func schema(of one: Proto.Enum) -> JSONValue {
    var lines = [Comment(one.comments).text]
    for value in one.values {
      let words = Comment(value.comments).text
      if !words.isEmpty { lines.append("`\(value.name)`: \(words)") }
    }
    let words = lines.filter { !$0.isEmpty }.joined(separator: "\n\n")
    var members: [JSONMember] = [
      JSONMember(name: "type", value: "string"),
      JSONMember(name: "enum", value: .array(one.values.map { .string($0.name) })),
    ]
    if !words.isEmpty { members.append(JSONMember(name: "description", value: .string(words))) }
    return .object(members)
  }
}
