import SwiftProtobufPluginLibrary

/// The encoding half of a message's conformance: its fields in the order of their numbers, named
/// once and compiled twice, to be counted and to be written.
struct MessageEncodingWriter {
  let visibility: String

  func write(_ shapes: [FieldShape], to writer: inout SourceWriter) {
    guard !shapes.isEmpty else {
      writer.line("\(visibility) var encodedBytes: Int { 0 }")
      writer.line()
      writer.line("\(visibility) func write(to target: UnsafeMutableRawPointer) {}")
      return
    }
    writer.line(
      "\(visibility) var encodedBytes: Int { WireSizer.bytes { writeFields(to: &$0) } }")
    writer.line()
    writer.block("\(visibility) func write(to target: UnsafeMutableRawPointer)") { writer in
      writer.line("WireCursor.write(at: target) { writeFields(to: &$0) }")
    }
    writer.line()
    // So that the count and the cursor are in registers.
    writer.line("@inline(__always)")
    writer.block("private func writeFields(to sink: inout some FieldSink)") { writer in
      for shape in shapes.sorted(by: { $0.descriptor.number < $1.descriptor.number }) {
        write(shape, to: &writer)
      }
    }
  }

  private func write(_ shape: FieldShape, to writer: inout SourceWriter) {
    let (number, property) = (shape.descriptor.number, "self." + shape.property)
    switch shape.label {
    case .singular:
      writer.line("sink.field(\(number), \(shape.element.wireValue(property)))")
    case .optional:
      let value = shape.element.wrapper.map { "\(property).map { \($0)($0) }" } ?? property
      writer.line("sink.optional(\(number), \(value))")
    case .repeated:
      let (call, map) =
        shape.descriptor.isPacked ? ("packed", ".lazy.map") : ("elements", ".map")
      let values = shape.element.wrapper.map { "\(property)\(map) { \($0)($0) }" } ?? property
      writer.line("sink.\(call)(\(number), \(values))")
    case .map(let key, let value, _):
      let isPlain = key.wrapper == nil && value.wrapper == nil
      let entry = "(key: \(key.wireValue("$0.key")), value: \(value.wireValue("$0.value")))"
      let entries = isPlain ? property : "\(property).lazy.map { \(entry) }"
      writer.line("sink.map(\(number), \(entries))")
    case .oneof(let oneof):
      // Not one switch for all: other fields may be numbered between them.
      let choice = "self." + SwiftNames.property(oneof.name)
      let present = "sink.present(\(number), \(shape.element.wireValue("value")))"
      writer.line("if case .\(shape.property)(let value)? = \(choice) { \(present) }")
    }
  }
}
