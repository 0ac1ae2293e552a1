import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// What a service method needs in every mode.
struct MethodShape {
  let descriptor: MethodDescriptor
  let name: String
  let input: String
  let output: String

  init(_ method: MethodDescriptor) throws(GeneratorError) {
    descriptor = method
    name = SwiftNames.method(method.name)
    input = try SwiftNames.type(method.inputType)
    output = try SwiftNames.type(method.outputType)
  }

  static func all(of service: ServiceDescriptor) throws(GeneratorError) -> [MethodShape] {
    var shapes: [MethodShape] = []
    for method in service.methods { shapes.append(try MethodShape(method)) }
    return shapes
  }
}

/// `UserServiceMethods`: the descriptors of a service's methods.
struct ServiceMethodsWriter {
  private let service: ServiceDescriptor
  private let visibility: String

  init(_ service: ServiceDescriptor, _ options: GeneratorOptions) {
    self.service = service
    visibility = options.visibility
  }

  func write(to writer: inout SourceWriter) throws(GeneratorError) {
    let methods = try MethodShape.all(of: service)
    writer.line()
    writer.documentation(service, fallback: "`\(service.fullName)`.")
    writer.block("\(visibility) enum \(service.name)Methods") { writer in
      for method in methods { write(method, to: &writer) }
      writer.line("/// The service, with its methods in the order of the .proto.")
      writer.line("\(visibility) static let descriptor = ServiceDescriptor(")
      writer.indented { writer in
        writer.line("name: \"\(service.fullName)\",")
        writer.line("methods: [\(methods.map(\.name).joined(separator: ", "))],")
        writer.line("file: .\(ProtoFileWriter.name(of: service.file)))")
      }
    }
  }

  private func write(_ method: MethodShape, to writer: inout SourceWriter) {
    let idempotency: String
    switch method.descriptor.options.idempotencyLevel {
    case .noSideEffects: idempotency = ".noSideEffects"
    case .idempotent: idempotency = ".idempotent"
    case .idempotencyUnknown: idempotency = ".unknown"
    }
    writer.documentation(
      method.descriptor, fallback: "`\(service.fullName)/\(method.descriptor.name)`.")
    writer.line("\(visibility) static let \(method.name) = MethodDescriptor(")
    writer.indented { writer in
      writer.line("service: \"\(service.fullName)\", name: \"\(method.descriptor.name)\",")
      writer.line(
        "requestStreaming: \(method.descriptor.clientStreaming), "
          + "responseStreaming: \(method.descriptor.serverStreaming),")
      writer.line("idempotency: \(idempotency),")
      writer.line("input: \(method.input).self, output: \(method.output).self)")
    }
    writer.line()
  }
}

/// `Services.swift`: every service of one generation, for looking methods up by path.
struct RegistryFile {
  let name: String
  let files: [FileDescriptor]
  let options: GeneratorOptions

  /// Files of google/protobuf that the others import, directly or not.
  private var wellKnown: [FileDescriptor] {
    var found: [String: FileDescriptor] = [:]
    var todo = files.flatMap(\.dependencies)
    while let file = todo.popLast() {
      if file.name.hasPrefix("google/protobuf/") { found[file.name] = file }
      todo += file.dependencies
    }
    return found.values.sorted { $0.name < $1.name }
  }

  func source() throws -> String {
    let imports = options.imports.map { (access: options.importAccess, module: $0) }
    var writer = SourceWriter.file(
      from: files.map(\.name).joined(separator: ", "), imports: imports)
    if !imports.isEmpty { writer.line() }
    writer.line("/// Every service that this module has messages for, by name.")
    writer.block("\(options.visibility) enum \(name)") { writer in
      writer.line("/// Sorted by full name.")
      writer.line("\(options.visibility) static let all: [ServiceDescriptor] = [")
      writer.indented { writer in
        for service in files.flatMap(\.services).sorted(by: { $0.fullName < $1.fullName }) {
          writer.line("\(service.name)Methods.descriptor,")
        }
      }
      writer.line("]")
    }
    if options.wellKnown {
      for file in wellKnown { try ProtoFileWriter(file, options).write(to: &writer) }
    }
    return writer.source
  }
}
