import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// The conformance of a message to `Message`: its descriptor, and how it goes to and from C and
/// JSON.
struct MessageCodingWriter {
  private let message: Descriptor
  private let visibility: String
  private var cType: String { CNames.type(message.fullName) }
  private var cInitializer: String { CNames.initializer(message.fullName) }

  init(_ message: Descriptor, _ options: GeneratorOptions) {
    self.message = message
    visibility = options.visibility
  }

  func write(to writer: inout SourceWriter) throws(GeneratorError) {
    var shapes: [FieldShape] = []
    for field in message.fields { shapes.append(try FieldShape(field)) }
    writer.line()
    try writer.block("extension \(SwiftNames.type(message)): Message") {
      writer throws(GeneratorError) in
      writeDescriptor(shapes, to: &writer)
      writer.line()
      writer.line("\(visibility) static let layout = MessageLayout(\(cInitializer))")
      writer.line()
      try writeUnpack(shapes, to: &writer)
      writer.line()
      MessageEncodingWriter(visibility: visibility).write(shapes, to: &writer)
      writer.line()
      try MessageJSONWriter(message, visibility: visibility).write(shapes, to: &writer)
    }
  }

  private func writeDescriptor(_ shapes: [FieldShape], to writer: inout SourceWriter) {
    writer.line("\(visibility) static let descriptor = MessageDescriptor(")
    writer.indented { writer in
      writer.line("fullName: \"\(message.fullName)\",")
      guard !shapes.isEmpty else {
        writer.line("fields: [])")
        return
      }
      writer.line("fields: [")
      writer.indented { writer in
        for shape in shapes { writeDescriptor(of: shape, to: &writer) }
      }
      writer.line("])")
    }
  }

  private func writeDescriptor(of shape: FieldShape, to writer: inout SourceWriter) {
    var kind = shape.element.kind
    let label: String
    switch shape.label {
    case .singular: label = ".singular"
    case .optional: label = ".optional"
    case .repeated: label = ".repeated"
    case .oneof(let oneof): label = ".oneof(\"\(oneof.name)\")"
    case .map(let key, let value, _):
      label = ".map(key: \(key.kind))"
      kind = value.kind
    }
    writer.line("FieldDescriptor(")
    writer.indented { writer in
      writer.line(
        "number: \(shape.descriptor.number), name: \"\(shape.name)\", "
          + "jsonName: \"\(shape.jsonName)\", kind: \(kind),")
      writer.line("label: \(label)),")
    }
  }

  private func writeUnpack(
    _ shapes: [FieldShape], to writer: inout SourceWriter
  ) throws(GeneratorError) {
    writer.block("\(visibility) init(unpacked pointer: UnsafeRawPointer) throws(MessageError)") {
      writer in
      guard !shapes.isEmpty else {
        writer.line("self.init()")
        return
      }
      writer.line("let c = pointer.assumingMemoryBound(to: \(cType).self)")
      for shape in shapes { writeUnpack(shape, to: &writer) }
    }
  }

  private func writeUnpack(_ shape: FieldShape, to writer: inout SourceWriter) {
    let (property, member, count) = ("self." + shape.property, shape.cMember, shape.cCount)
    switch shape.label {
    case .singular:
      writer.line("\(property) = \(shape.element.unpacked(member, field: shape.name))")
    case .optional:
      if case .message = shape.element {
        writer.line("\(property) = \(shape.element.unpacked(member, field: shape.name))")
      } else {
        let set = "c.pointee._\(shape.name.lowercased())_case.rawValue"
        writer.line("\(property) =")
        writer.indented { writer in
          writer.line("\(set) == \(shape.descriptor.number)")
          writer.line("? \(shape.element.unpacked(member, field: shape.name)) : nil")
        }
      }
    case .repeated:
      switch shape.element {
      case .number: writer.line("\(property) = Unpack.array(\(member), \(count))")
      case .string:
        writer.line("\(property) = try Unpack.strings(\(member), \(count), \"\(shape.name)\")")
      case .message:
        writer.line("\(property) = try Unpack.messages(\(member), \(count), \"\(shape.name)\")")
      case .bool, .bytes, .enumeration:
        let value = shape.element.unpacked("$0", field: shape.name)
        writer.line("\(property) = Unpack.array(\(member), \(count)) { \(value) }")
      }
    case .map(let key, let value, let entry):
      writer.line("\(property) = try Unpack.dictionary(")
      writer.indented { writer in
        let type = "UnsafeMutablePointer<\(CNames.type(entry.fullName))>"
        writer.line("\(member), \(count), \"\(shape.name)\",")
        let keyValue = key.unpacked("entry.pointee.key", field: "")
        let valueValue = value.unpacked("entry.pointee.value", field: "")
        writer.line("key: { (entry: \(type)) throws(MessageError) in")
        writer.line("  \(keyValue)")
        writer.line("},")
        writer.line("value: { entry throws(MessageError) in")
        if case .message(let swift) = value {
          writer.line("  \(valueValue) ?? \(swift)()")
        } else {
          writer.line("  \(valueValue)")
        }
        writer.line("})")
      }
    case .oneof(let oneof):
      guard oneof.fields.first === shape.descriptor else { return }
      writeUnpack(oneof, to: &writer)
    }
  }

  private func writeUnpack(_ oneof: OneofDescriptor, to writer: inout SourceWriter) {
    let property = "self." + SwiftNames.property(oneof.name)
    writer.block("switch c.pointee.\(CNames.caseMember(oneof)).rawValue") { writer in
      for field in oneof.fields {
        // The kinds were checked when the properties were written.
        guard let shape = try? FieldShape(field) else { continue }
        let value = shape.element.unpacked(shape.cMember, field: shape.name)
        writer.line("case \(field.number):")
        if case .message = shape.element {
          let type = SwiftNames.oneofType(oneof)
          writer.line("  \(property) = (\(value)).map(\(type).\(shape.property))")
        } else {
          writer.line("  \(property) = .\(shape.property)(\(value))")
        }
      }
      writer.line("default:")
      writer.line("  \(property) = nil")
    }
  }
}
