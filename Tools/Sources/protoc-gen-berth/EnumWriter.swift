import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// A protobuf enum as an open Swift enum.
struct EnumWriter {
  private let enumeration: EnumDescriptor
  private let visibility: String

  init(_ enumeration: EnumDescriptor, _ options: GeneratorOptions) {
    self.enumeration = enumeration
    visibility = options.visibility
  }

  func write(to writer: inout SourceWriter) throws(GeneratorError) {
    guard Set(enumeration.values.map(\.number)).count == enumeration.values.count else {
      throw GeneratorError("\(enumeration.fullName): allow_alias is not supported")
    }
    let name = SwiftNames.typeIdentifier(enumeration.name)
    writer.line()
    writer.documentation(enumeration, fallback: "`\(enumeration.fullName)`.")
    writer.block("\(visibility) enum \(name): MessageEnum") { writer in
      writeCases(to: &writer)
      writeRawValue(to: &writer)
      writeDescriptor(to: &writer)
    }
  }

  private func writeCases(to writer: inout SourceWriter) {
    for value in enumeration.values {
      writer.documentation(value)
      writer.line("case \(SwiftNames.enumCase(value))")
    }
    writer.line("/// A number that this version has no name for; it is kept as it came.")
    writer.line("case unrecognized(Int32)")
  }

  private func writeRawValue(to writer: inout SourceWriter) {
    writer.line()
    writer.line("/// The default: `\(enumeration.values[0].name)`.")
    writer.line(
      "\(visibility) init() { self = .\(SwiftNames.enumCase(enumeration.values[0])) }")
    writer.line()
    writer.line("/// The case of a number on the wire.")
    writer.block("\(visibility) init(rawValue: Int32)") { writer in
      writer.block("switch rawValue") { writer in
        for value in enumeration.values {
          writer.line("case \(value.number): self = .\(SwiftNames.enumCase(value))")
        }
        writer.line("default: self = .unrecognized(rawValue)")
      }
    }
    writer.line()
    writer.line("/// The number on the wire.")
    writer.block("\(visibility) var rawValue: Int32") { writer in
      writer.block("switch self") { writer in
        for value in enumeration.values {
          writer.line("case .\(SwiftNames.enumCase(value)): \(value.number)")
        }
        writer.line("case .unrecognized(let number): number")
      }
    }
  }

  private func writeDescriptor(to writer: inout SourceWriter) {
    let name = SwiftNames.typeIdentifier(enumeration.name)
    writer.line()
    writer.line("/// Every case that has a name.")
    writer.line("\(visibility) static let allCases: [\(name)] = [")
    writer.indented { writer in
      for value in enumeration.values { writer.line(".\(SwiftNames.enumCase(value)),") }
    }
    writer.line("]")
    writer.line()
    writer.line("/// Names and numbers, as the .proto has them.")
    writer.line("\(visibility) static let descriptor = EnumDescriptor(")
    writer.indented { writer in
      writer.line("fullName: \"\(enumeration.fullName)\",")
      writer.line("values: [")
      writer.indented { writer in
        for value in enumeration.values {
          writer.line("EnumDescriptor.Value(name: \"\(value.name)\", number: \(value.number)),")
        }
      }
      writer.line("])")
    }
  }
}
