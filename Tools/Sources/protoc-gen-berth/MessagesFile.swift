import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// `X.pb.swift`: the types of one .proto file and the descriptors of its services.
struct MessagesFile {
  private let file: FileDescriptor
  private let options: GeneratorOptions

  init(_ file: FileDescriptor, _ options: GeneratorOptions) {
    self.file = file
    self.options = options
  }

  func source() throws -> String {
    var imports = options.imports.map { (access: options.importAccess, module: $0) }
    if !file.messages.isEmpty {
      imports.append((access: options.bodyImportAccess, module: options.cModule))
    }
    var writer = SourceWriter.file(from: file.name, imports: imports)
    for enumeration in file.enums {
      try EnumWriter(enumeration, options).write(to: &writer)
    }
    for message in file.messages {
      writer.line()
      try MessageWriter(message, options).write(to: &writer)
    }
    try writeConformances(of: file.messages, to: &writer)
    for service in file.services {
      try ServiceMethodsWriter(service, options).write(to: &writer)
    }
    try ProtoFileWriter(file, options).write(to: &writer)
    return writer.source
  }

  private func writeConformances(
    of messages: [Descriptor], to writer: inout SourceWriter
  ) throws(GeneratorError) {
    for message in messages where !message.options.mapEntry {
      try MessageCodingWriter(message, options).write(to: &writer)
      try writeConformances(of: message.messages, to: &writer)
    }
  }
}
