import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// The identifiers that protoc-c 1.4 derives from protobuf names (its c_helpers.cc).
enum CNames {
  /// `berth.v1.GPUDevice` -> `Berth__V1__GPUDevice`.
  static func type(_ fullName: String) -> String {
    fullName.split(separator: ".").map { camel($0) }.joined(separator: "__")
  }

  /// `berth.v1.GPUDevice` -> `berth__v1__gpudevice__init`.
  static func initializer(_ fullName: String) -> String {
    fullName.split(separator: ".").map { lower($0) }.joined(separator: "__") + "__init"
  }

  /// The struct member of a field, as Swift spells it.
  static func member(_ field: FieldDescriptor) -> String {
    let name = field.name.lowercased()
    if name == "self" || name == "init" { return "`\(name)`" }
    return keywords.contains(name) ? name + "_" : name
  }

  /// The struct member that says which field of a oneof is set; its values are field numbers.
  static func caseMember(_ oneof: OneofDescriptor) -> String {
    oneof.name.lowercased() + "_case"
  }

  private static func camel(_ name: Substring) -> String {
    var result = ""
    var startsWord = true
    for character in name {
      if character == "_" {
        startsWord = true
      } else {
        result += startsWord ? character.uppercased() : String(character)
        startsWord = false
      }
    }
    return result
  }

  private static func lower(_ name: Substring) -> String {
    var result = ""
    var wasUpper = true
    for character in name {
      if character.isUppercase, !wasUpper { result += "_" }
      result += character.lowercased()
      wasUpper = character.isUppercase
    }
    return result
  }

  /// Field names that protoc-c ends with an underscore.
  private static let keywords: Set<String> = [
    "and", "and_eq", "asm", "auto", "bitand", "bitor", "bool", "break", "case", "catch", "char",
    "class", "compl", "const", "const_cast", "continue", "default", "delete", "do", "double",
    "dynamic_cast", "else", "enum", "explicit", "extern", "false", "float", "for", "friend", "goto",
    "if", "inline", "int", "long", "mutable", "namespace", "new", "not", "not_eq", "operator", "or",
    "or_eq", "private", "protected", "public", "register", "reinterpret_cast", "return", "short",
    "signed", "sizeof", "static", "static_cast", "struct", "switch", "template", "this", "throw",
    "true", "try", "typedef", "typeid", "typename", "union", "unsigned", "using", "virtual", "void",
    "volatile", "wchar_t", "while", "xor", "xor_eq",
  ]
}
