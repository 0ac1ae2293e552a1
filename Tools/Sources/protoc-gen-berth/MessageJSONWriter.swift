import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// The JSON half of a message's conformance.
struct MessageJSONWriter {
  private let message: Descriptor
  private let visibility: String

  init(_ message: Descriptor, visibility: String) {
    self.message = message
    self.visibility = visibility
  }

  func write(_ shapes: [FieldShape], to writer: inout SourceWriter) throws(GeneratorError) {
    writePrinting(shapes, to: &writer)
    writer.line()
    writeParsing(shapes, to: &writer)
  }

  private func writePrinting(_ shapes: [FieldShape], to writer: inout SourceWriter) {
    writer.block("\(visibility) func writeJSON(to json: inout JSONWriter)") { writer in
      writer.line("json.beginObject()")
      for shape in shapes {
        if case .oneof(let oneof) = shape.label {
          guard oneof.fields.first === shape.descriptor else { continue }
          writePrinting(oneof, to: &writer)
        } else {
          writer.line("json.field(\"\(shape.jsonName)\", self.\(shape.property))")
        }
      }
      writer.line("json.endObject()")
    }
  }

  private func writePrinting(_ oneof: OneofDescriptor, to writer: inout SourceWriter) {
    writer.block("switch self.\(SwiftNames.property(oneof.name))") { writer in
      for field in oneof.fields {
        guard let shape = try? FieldShape(field) else { continue }
        writer.line("case .\(shape.property)(let value):")
        writer.line("  json.chosenField(\"\(shape.jsonName)\", value)")
      }
      writer.line("case nil:")
      writer.line("  break")
    }
  }

  private func writeParsing(_ shapes: [FieldShape], to writer: inout SourceWriter) {
    writer.block("\(visibility) init(json: JSONValue) throws(MessageError)") { writer in
      writer.line("self.init()")
      let members = "try json.members(of: \"\(message.fullName)\")"
      guard !shapes.isEmpty else {
        writer.block("if let member = \(members).first") { writer in
          writer.line("throw member.unknownField(of: \"\(message.fullName)\")")
        }
        return
      }
      writer.block("for member in \(members)") { writer in
        writer.block("switch member.name") { writer in
          for shape in shapes { writeCase(shape, to: &writer) }
          writer.line("default:")
          writer.line("  throw member.unknownField(of: \"\(message.fullName)\")")
        }
      }
    }
  }

  private func writeCase(_ shape: FieldShape, to writer: inout SourceWriter) {
    let names = shape.name == shape.jsonName ? [shape.name] : [shape.jsonName, shape.name]
    writer.line("case \(names.map { "\"\($0)\"" }.joined(separator: ", ")):")
    guard case .oneof(let oneof) = shape.label else {
      writer.line("  self.\(shape.property) = try member.value(\"\(shape.name)\")")
      return
    }
    let property = "self." + SwiftNames.property(oneof.name)
    writer.line("  if let value: \(shape.swiftType) = try member.chosenValue(")
    writer.line("    \"\(shape.name)\", alreadySet: \(property) != nil)")
    writer.line("  {")
    writer.line("    \(property) = .\(shape.property)(value)")
    writer.line("  }")
  }
}
