import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// How one field looks in Swift and in C.
struct FieldShape {
  /// What one value of the field is.
  enum Element {
    /// The same type in C and Swift: an integer or floating-point number.
    case number(swift: String, kind: String)
    case bool
    case string
    case bytes
    case enumeration(swift: String)
    case message(swift: String)
  }

  /// How often the field may be there.
  enum Label {
    /// Always has a value; its default is not sent.
    case singular
    /// May be absent: a message field or `optional`.
    case optional
    case repeated
    indirect case map(key: Element, value: Element, entry: Descriptor)
    case oneof(OneofDescriptor)
  }

  let descriptor: FieldDescriptor
  let element: Element
  let label: Label

  var name: String { descriptor.name }
  var jsonName: String { descriptor.jsonName ?? NamingUtils.toJsonFieldName(descriptor.name) }
  var property: String { SwiftNames.property(descriptor.name) }
  var cMember: String { "c.pointee." + CNames.member(descriptor) }
  var cCount: String { "c.pointee.n_" + CNames.member(descriptor).filter { $0 != "`" } }

  init(_ field: FieldDescriptor) throws(GeneratorError) {
    descriptor = field
    element = try Element(field)
    if field.isMap, let (key, value) = field.messageType.mapKeyAndValue {
      label = .map(
        key: try Element(key), value: try Element(value), entry: field.messageType)
    } else if field.isRepeated {
      label = .repeated
    } else if let oneof = field.realContainingOneof {
      label = .oneof(oneof)
    } else if field.hasPresence {
      label = .optional
    } else {
      label = .singular
    }
  }

  /// The type of the Swift property (of a oneof member: of its payload).
  var swiftType: String {
    switch label {
    case .singular, .oneof: element.swiftType
    case .optional: element.swiftType + "?"
    case .repeated: "[\(element.swiftType)]"
    case .map(let key, let value, _): "[\(key.swiftType): \(value.swiftType)]"
    }
  }

  var defaultValue: String {
    switch label {
    case .singular, .oneof: element.defaultValue
    case .optional: "nil"
    case .repeated: "[]"
    case .map: "[:]"
    }
  }
}

extension FieldShape.Element {
  init(_ field: FieldDescriptor) throws(GeneratorError) {
    switch field.type {
    case .double: self = .number(swift: "Double", kind: "double")
    case .float: self = .number(swift: "Float", kind: "float")
    case .int32: self = .number(swift: "Int32", kind: "int32")
    case .int64: self = .number(swift: "Int64", kind: "int64")
    case .uint32: self = .number(swift: "UInt32", kind: "uint32")
    case .uint64: self = .number(swift: "UInt64", kind: "uint64")
    case .sint32: self = .number(swift: "Int32", kind: "sint32")
    case .sint64: self = .number(swift: "Int64", kind: "sint64")
    case .fixed32: self = .number(swift: "UInt32", kind: "fixed32")
    case .fixed64: self = .number(swift: "UInt64", kind: "fixed64")
    case .sfixed32: self = .number(swift: "Int32", kind: "sfixed32")
    case .sfixed64: self = .number(swift: "Int64", kind: "sfixed64")
    case .bool: self = .bool
    case .string: self = .string
    case .bytes: self = .bytes
    case .enum:
      self = .enumeration(swift: try SwiftNames.type(field.enumType))
    case .message where field.isMap: self = .message(swift: "Never")
    case .message: self = .message(swift: try SwiftNames.type(field.messageType))
    default:
      throw GeneratorError("\(field.fullName): groups are not supported")
    }
  }

  var swiftType: String {
    switch self {
    case .number(let swift, _): swift
    case .bool: "Bool"
    case .string: "String"
    case .bytes: "[UInt8]"
    case .enumeration(let swift), .message(let swift): swift
    }
  }

  var defaultValue: String {
    switch self {
    case .number: "0"
    case .bool: "false"
    case .string: "\"\""
    case .bytes: "[]"
    case .enumeration(let swift): "\(swift)()"
    case .message(let swift): "\(swift)()"
    }
  }

  /// The `FieldDescriptor.Kind` of the runtime.
  var kind: String {
    switch self {
    case .number(_, let kind): ".\(kind)"
    case .bool: ".bool"
    case .string: ".string"
    case .bytes: ".bytes"
    case .enumeration(let swift): ".enumeration(\(swift).self)"
    case .message(let swift): ".message(\(swift).self)"
    }
  }

  /// Swift's value of the C expression; `field` names it in errors.
  func unpacked(_ c: String, field: String) -> String {
    switch self {
    case .number: c
    case .bool: "\(c) != 0"
    case .string: "try Unpack.string(\(c), \"\(field)\")"
    case .bytes: "Unpack.bytes(\(c))"
    case .enumeration(let swift): "\(swift)(rawValue: Int32(truncatingIfNeeded: \(c).rawValue))"
    case .message(let swift): "try Unpack.message(\(c), \"\(field)\", as: \(swift).self)"
    }
  }

  /// What wraps a Swift number on its way to the wire, where its type alone does not tell which of
  /// protobuf's it is.
  var wrapper: String? {
    switch self {
    case .number(_, "sint32"), .number(_, "sint64"): "ZigZag"
    case .number(_, let kind) where kind.contains("fixed"): "Fixed"
    default: nil
    }
  }

  /// The `WireValue` of the Swift expression.
  func wireValue(_ swift: String) -> String {
    wrapper.map { "\($0)(\(swift))" } ?? swift
  }
}
