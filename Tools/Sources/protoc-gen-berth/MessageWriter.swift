import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// The struct of a message: properties, initializers, nested types.
struct MessageWriter {
  private let message: Descriptor
  private let options: GeneratorOptions
  private var visibility: String { options.visibility }

  init(_ message: Descriptor, _ options: GeneratorOptions) {
    self.message = message
    self.options = options
  }

  func write(to writer: inout SourceWriter) throws(GeneratorError) {
    writer.documentation(message, fallback: "`\(message.fullName)`.")
    let name = SwiftNames.typeIdentifier(message.name)
    let properties = try MessageProperty.all(of: message)
    try writer.block("\(visibility) struct \(name): Sendable, Hashable") {
      writer throws(GeneratorError) in
      for property in properties {
        if let described = property.described { writer.documentation(described) }
        writer.line("\(visibility) var \(property.name): \(property.type)")
      }
      for oneof in message.realOneofs { try write(oneof, to: &writer) }
      for enumeration in message.enums { try EnumWriter(enumeration, options).write(to: &writer) }
      for nested in message.messages where !nested.options.mapEntry {
        writer.line()
        try MessageWriter(nested, options).write(to: &writer)
      }
      writeInitializers(properties, to: &writer)
    }
  }

  private func write(
    _ oneof: OneofDescriptor, to writer: inout SourceWriter
  ) throws(GeneratorError) {
    writer.line()
    writer.documentation(oneof, fallback: "What `\(oneof.name)` is: one of these, or nothing.")
    try writer.block("\(visibility) enum \(SwiftNames.oneofType(oneof)): Sendable, Hashable") {
      writer throws(GeneratorError) in
      for field in oneof.fields {
        let shape = try FieldShape(field)
        writer.documentation(field)
        writer.line("case \(shape.property)(\(shape.swiftType))")
      }
    }
  }

  private func writeInitializers(_ properties: [MessageProperty], to writer: inout SourceWriter) {
    guard !properties.isEmpty else {
      if !(message.enums.isEmpty && message.messages.isEmpty) { writer.line() }
      writer.line("/// It has no fields.")
      writer.line("\(visibility) init() {}")
      return
    }
    writer.line()
    writer.line("/// Every field at its default.")
    writer.block("\(visibility) init()") { writer in
      for property in properties { writer.line("\(property.name) = \(property.defaultValue)") }
    }
    writer.line()
    writer.line("/// The fields given; the others at their defaults.")
    writer.line("\(visibility) init(")
    writer.indented { writer in
      for (index, property) in properties.enumerated() {
        let comma = index == properties.count - 1 ? "" : ","
        writer.line("\(property.name): \(property.type) = \(property.defaultValue)\(comma)")
      }
    }
    writer.block(")") { writer in
      for property in properties { writer.line("self.\(property.name) = \(property.name)") }
    }
  }
}

/// A stored property: a field, or a oneof as a whole (at the place of its first field).
struct MessageProperty {
  let name: String
  let type: String
  let defaultValue: String
  let described: FieldDescriptor?

  static func all(of message: Descriptor) throws(GeneratorError) -> [MessageProperty] {
    var properties: [MessageProperty] = []
    for field in message.fields {
      let shape = try FieldShape(field)
      guard case .oneof(let oneof) = shape.label else {
        properties.append(
          MessageProperty(
            name: shape.property, type: shape.swiftType, defaultValue: shape.defaultValue,
            described: field))
        continue
      }
      guard oneof.fields.first === field else { continue }
      properties.append(
        MessageProperty(
          name: SwiftNames.property(oneof.name), type: SwiftNames.oneofType(oneof) + "?",
          defaultValue: "nil", described: nil))
    }
    return properties
  }
}
