import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// The identifiers of the generated Swift.
enum SwiftNames {
  /// `berth.v1.WhoAmIResponse.Kind` -> `WhoAmIResponse.Kind`; the well-known types that the runtime
  /// has keep its names.
  static func type(_ message: Descriptor) throws(GeneratorError) -> String {
    if message.file.package == "google.protobuf" {
      switch message.name {
      case "Timestamp": return "Timestamp"
      case "Duration": return "ProtobufDuration"
      default: throw GeneratorError("\(message.fullName) is not supported")
      }
    }
    guard let outer = message.containingType else { return typeIdentifier(message.name) }
    return try type(outer) + "." + typeIdentifier(message.name)
  }

  static func type(_ enumeration: EnumDescriptor) throws(GeneratorError) -> String {
    guard let outer = enumeration.containingType else { return typeIdentifier(enumeration.name) }
    return try type(outer) + "." + typeIdentifier(enumeration.name)
  }

  /// The last part of a nested or top-level type's name.
  static func typeIdentifier(_ name: String) -> String {
    reservedTypes.contains(name) ? name + "Type" : name
  }

  /// `command` -> `Command`, or `CommandPayload` where that name is taken.
  static func oneofType(_ oneof: OneofDescriptor) -> String {
    let name = NamingUtils.toUpperCamelCase(oneof.name)
    let message: Descriptor = oneof.containingType
    let isTaken =
      reservedTypes.contains(name) || message.messages.contains { $0.name == name }
      || message.enums.contains { $0.name == name }
    return isTaken ? name + "Payload" : name
  }

  /// `organization_id` -> `organizationID`, in backticks where Swift needs them.
  static func property(_ name: String) -> String { escaped(NamingUtils.toLowerCamelCase(name)) }

  /// `WhoAmI` -> `whoAmI`.
  static func method(_ name: String) -> String { escaped(NamingUtils.toLowerCamelCase(name)) }

  /// `DEPLOYMENT_STATE_QUEUED` of `DeploymentState` -> `queued`.
  static func enumCase(_ value: EnumValueDescriptor) -> String {
    var prefix = ""
    var wasLower = false
    for character in value.enumType.name {
      if character.isUppercase, wasLower { prefix += "_" }
      prefix += character.uppercased()
      wasLower = !character.isUppercase
    }
    prefix += "_"
    let name =
      value.name.hasPrefix(prefix) ? String(value.name.dropFirst(prefix.count)) : value.name
    return escaped(NamingUtils.toLowerCamelCase(name))
  }

  private static func escaped(_ name: String) -> String {
    if ["unrecognized", "init", "self", "hashValue", "encodedBytes"].contains(name) {
      return name + "_"
    }
    return keywords.contains(name) ? "`\(name)`" : name
  }

  /// Nested types of these names would hide what the generated code refers to.
  private static let reservedTypes: Set<String> = [
    "Any", "Array", "Bool", "Dictionary", "Double", "FieldSink", "Fixed", "Float", "Hasher", "Int",
    "Int32", "Int64", "JSONValue", "JSONWriter", "Message", "MessageDescriptor", "MessageEnum",
    "MessageError", "MessageLayout", "Optional", "Protocol", "Self", "Sendable", "String", "Type",
    "UInt32", "UInt64", "UInt8", "Unpack", "WireCursor", "WireSizer", "ZigZag",
  ]

  private static let keywords: Set<String> = [
    "as", "associatedtype", "await", "break", "case", "catch", "class", "continue", "default",
    "defer", "deinit", "do", "else", "enum", "extension", "fallthrough", "false", "fileprivate",
    "for", "func", "guard", "if", "import", "in", "inout", "internal", "is", "let", "nil",
    "operator", "package", "precedencegroup", "private", "protocol", "public", "repeat", "rethrows",
    "return", "static", "struct", "subscript", "super", "switch", "throw", "throws", "true", "try",
    "typealias", "var", "where", "while",
  ]
}
