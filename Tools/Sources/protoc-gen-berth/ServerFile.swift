import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// `X.server.swift`: a handler protocol for each service of one .proto file, and how it registers.
struct ServerFile {
  private let file: FileDescriptor
  private let options: GeneratorOptions
  private var visibility: String { options.visibility }

  init(_ file: FileDescriptor, _ options: GeneratorOptions) {
    self.file = file
    self.options = options
  }

  func source() throws(GeneratorError) -> String {
    var writer = SourceWriter.file(
      from: file.name, imports: options.imports.map { (options.importAccess, $0) })
    for service in file.services {
      let methods = try MethodShape.all(of: service)
      writer.line()
      writer.documentation(service, fallback: "Handles `\(service.fullName)`.")
      writer.block("\(visibility) protocol \(service.name)Handler: Sendable") { writer in
        for (index, method) in methods.enumerated() {
          if index > 0 { writer.line() }
          writeRequirement(method, of: service, to: &writer)
        }
      }
      writer.line()
      writer.block("extension \(service.name)Handler") { writer in
        writer.line("/// Makes `router` call this handler for every method of the service.")
        writer.block("\(visibility) func register(in router: inout Router)") { writer in
          writer.line("router.add(\(service.name)Methods.descriptor)")
          for method in methods { writeRegistration(method, of: service, to: &writer) }
        }
      }
    }
    return writer.source
  }

  private func writeRequirement(
    _ method: MethodShape, of service: ServiceDescriptor, to writer: inout SourceWriter
  ) {
    writer.documentation(
      method.descriptor, fallback: "`\(service.fullName)/\(method.descriptor.name)`.")
    writer.line("func \(method.name)(")
    switch (method.descriptor.clientStreaming, method.descriptor.serverStreaming) {
    case (false, false):
      writer.line("  _ request: \(method.input), context: CallContext")
      writer.line(") async throws(RPCStatus) -> \(method.output)")
    case (false, true):
      writer.line("  _ request: \(method.input), responses: ResponseWriter<\(method.output)>,")
      writer.line("  context: CallContext")
      writer.line(") async throws(RPCStatus)")
    case (true, false):
      writer.line("  _ requests: RequestStream<\(method.input)>, context: CallContext")
      writer.line(") async throws(RPCStatus) -> \(method.output)")
    case (true, true):
      writer.line("  _ requests: RequestStream<\(method.input)>,")
      writer.line("  responses: ResponseWriter<\(method.output)>, context: CallContext")
      writer.line(") async throws(RPCStatus)")
    }
  }

  private func writeRegistration(
    _ method: MethodShape, of service: ServiceDescriptor, to writer: inout SourceWriter
  ) {
    let descriptor = "\(service.name)Methods.\(method.name)"
    let (kind, parameters, result, call): (String, String, String, String)
    switch (method.descriptor.clientStreaming, method.descriptor.serverStreaming) {
    case (false, false):
      (kind, result) = ("unary", " -> \(method.output)")
      parameters = "request: \(method.input), context"
      call = "request, context: context"
    case (false, true):
      (kind, result) = ("serverStreaming", "")
      parameters = "request: \(method.input), responses: ResponseWriter<\(method.output)>, context"
      call = "request, responses: responses, context: context"
    case (true, false):
      (kind, result) = ("clientStreaming", " -> \(method.output)")
      parameters = "requests: RequestStream<\(method.input)>, context"
      call = "requests, context: context"
    case (true, true):
      (kind, result) = ("bidirectional", "")
      parameters =
        "requests: RequestStream<\(method.input)>, responses: ResponseWriter<\(method.output)>, context"
      call = "requests, responses: responses, context: context"
    }
    writer.line("router.\(kind)(\(descriptor)) {")
    writer.line("  (\(parameters): CallContext) async throws(RPCStatus)\(result) in")
    writer.line("  try await self.\(method.name)(\(call))")
    writer.line("}")
  }
}
