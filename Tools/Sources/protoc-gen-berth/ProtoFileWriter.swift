import Foundation
import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// `ProtoFile.berthV1Users`: the descriptor of one .proto file, for reflection. Of what the source
/// says beside it only the comments are kept.
struct ProtoFileWriter {
  private static let columns = 76

  private let file: FileDescriptor
  private let visibility: String

  init(_ file: FileDescriptor, _ options: GeneratorOptions) {
    self.file = file
    visibility = options.visibility
  }

  /// `berth/v1/users.proto` -> `berthV1Users`.
  static func name(of file: FileDescriptor) -> String {
    let stem = file.name.hasSuffix(".proto") ? String(file.name.dropLast(6)) : file.name
    let words = stem.split { !($0.isLetter || $0.isNumber) }
    return words.enumerated().map { index, word in
      index == 0 ? word.lowercased() : word.prefix(1).uppercased() + word.dropFirst()
    }.joined()
  }

  func write(to writer: inout SourceWriter) throws {
    let bytes = try descriptor.serializedData()
    var text = Substring(bytes.base64EncodedString())
    let dependencies = file.dependencies.map { ".\(Self.name(of: $0))" }.joined(separator: ", ")
    writer.line()
    try writer.block("extension ProtoFile") { writer throws in
      writer.line("/// `\(file.name)`.")
      writer.line("\(visibility) static let \(Self.name(of: file)) = ProtoFile(")
      writer.indented { writer in
        writer.line("name: \"\(file.name)\",")
        writer.line("dependencies: [\(dependencies)],")
        writer.line("base64: \"\"\"")
        writer.indented { writer in
          while !text.isEmpty {
            let row = text.prefix(Self.columns)
            text = text.dropFirst(Self.columns)
            writer.line(text.isEmpty ? String(row) : row + "\\")
          }
          writer.line("\"\"\")")
        }
      }
    }
  }

  private var descriptor: Google_Protobuf_FileDescriptorProto {
    var options = ExtractProtoOptions()
    // Those of google/protobuf are whole pages, which every reader knows.
    options.includeSourceCodeInfo = !file.name.hasPrefix("google/protobuf/")
    var descriptor = file.extractProto(options: options)
    guard options.includeSourceCodeInfo else { return descriptor }
    descriptor.sourceCodeInfo.location = descriptor.sourceCodeInfo.location.compactMap { location in
      guard location.hasLeadingComments || location.hasTrailingComments else { return nil }
      var kept = Google_Protobuf_SourceCodeInfo.Location()
      kept.path = location.path
      if location.hasLeadingComments { kept.leadingComments = location.leadingComments }
      if location.hasTrailingComments { kept.trailingComments = location.trailingComments }
      return kept
    }
    if descriptor.sourceCodeInfo.location.isEmpty { descriptor.clearSourceCodeInfo() }
    return descriptor
  }
}
