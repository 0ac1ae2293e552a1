import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// Writes Swift for each .proto file, in the mode that the options choose.
struct BerthGenerator: CodeGenerator {
  let supportedFeatures: [Google_Protobuf_Compiler_CodeGeneratorResponse.Feature] =
    [.proto3Optional]

  func generate(
    files: [FileDescriptor], parameter: any CodeGeneratorParameter,
    protoCompilerContext: any ProtoCompilerContext, generatorOutputs: any GeneratorOutputs
  ) throws {
    let options = try GeneratorOptions(parameter)
    let names = OutputNames(files.map(\.name))
    for file in files {
      try Self.check(file)
      let contents: String?
      switch options.mode {
      case .messages: contents = try MessagesFile(file, options).source()
      case .client: contents = file.services.isEmpty ? nil : try ClientFile(file, options).source()
      case .server: contents = file.services.isEmpty ? nil : try ServerFile(file, options).source()
      }
      if let contents {
        try generatorOutputs.add(
          fileName: names.name(of: file.name, options.mode), contents: contents)
      }
    }
    if let registry = options.registry {
      try generatorOutputs.add(
        fileName: "\(registry).swift",
        contents: RegistryFile(name: registry, files: files, options: options).source())
    }
  }

  private static func check(_ file: FileDescriptor) throws(GeneratorError) {
    guard file.edition == .proto3 else { throw GeneratorError("\(file.name): proto3 only") }
    guard file.extensions.isEmpty else { throw GeneratorError("\(file.name): has extensions") }
    for message in file.messages { try checkNotRecursive(message, within: []) }
  }

  /// A message that contains itself has no size as a struct, and protobuf-c would follow hostile
  /// nesting until the stack ends.
  private static func checkNotRecursive(
    _ message: Descriptor, within outer: [String]
  ) throws(GeneratorError) {
    guard !outer.contains(message.fullName) else {
      throw GeneratorError("\(message.fullName) contains itself: \(outer.joined(separator: ", "))")
    }
    for field in message.fields where field.type == .message {
      try checkNotRecursive(field.messageType, within: outer + [message.fullName])
    }
    for nested in message.messages { try checkNotRecursive(nested, within: []) }
  }
}
