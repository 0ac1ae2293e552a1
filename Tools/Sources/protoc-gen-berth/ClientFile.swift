import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// `X.client.swift`: a client for each service of one .proto file.
struct ClientFile {
  private let file: FileDescriptor
  private let options: GeneratorOptions
  private var visibility: String { options.visibility }

  init(_ file: FileDescriptor, _ options: GeneratorOptions) {
    self.file = file
    self.options = options
  }

  func source() throws(GeneratorError) -> String {
    // A public import that no declaration of the file needs is a warning, and only calls that do
    // not just stream down name RPCStatus.
    let isDownOnly = file.services.allSatisfy { service in
      service.methods.allSatisfy { $0.serverStreaming && !$0.clientStreaming }
    }
    let imports = options.imports.filter { !(isDownOnly && $0 == "Wire") }
    var writer = SourceWriter.file(
      from: file.name, imports: imports.map { (options.importAccess, $0) })
    for service in file.services {
      let methods = try MethodShape.all(of: service)
      writer.line()
      writer.documentation(service, fallback: "Calls `\(service.fullName)`.")
      writer.block("\(visibility) struct \(service.name)Client: Sendable") { writer in
        writer.line("private let channel: Channel")
        writer.line()
        writer.line("/// Calls `\(service.fullName)` over `channel`.")
        writer.line("\(visibility) init(_ channel: Channel) { self.channel = channel }")
        for method in methods { write(method, of: service, to: &writer) }
      }
    }
    return writer.source
  }

  private func write(
    _ method: MethodShape, of service: ServiceDescriptor, to writer: inout SourceWriter
  ) {
    let descriptor = "\(service.name)Methods.\(method.name)"
    let options = "options: CallOptions = CallOptions()"
    writer.line()
    writer.documentation(
      method.descriptor, fallback: "`\(service.fullName)/\(method.descriptor.name)`.")
    switch (method.descriptor.clientStreaming, method.descriptor.serverStreaming) {
    case (false, false):
      writer.line("\(visibility) func \(method.name)(")
      writer.line("  _ request: \(method.input), \(options)")
      writer.block(") async throws(RPCStatus) -> \(method.output)") { writer in
        writer.line("try await channel.unary(\(descriptor), request, options: options)")
      }
    case (false, true):
      writer.line("\(visibility) func \(method.name)(")
      writer.line("  _ request: \(method.input), \(options)")
      writer.block(") -> ResponseStream<\(method.output)>") { writer in
        writer.line("channel.serverStreaming(\(descriptor), request, options: options)")
      }
    case (true, false):
      writer.line("\(visibility) func \(method.name)(")
      writer.line("  \(options)")
      writer.block(
        ") async throws(RPCStatus) -> ClientStreamingCall<\(method.input), \(method.output)>"
      ) { writer in
        writer.line("try await channel.clientStreaming(\(descriptor), options: options)")
      }
    case (true, true):
      writer.line("\(visibility) func \(method.name)(")
      writer.line("  \(options)")
      writer.block(
        ") async throws(RPCStatus) -> BidirectionalCall<\(method.input), \(method.output)>"
      ) { writer in
        writer.line("try await channel.bidirectional(\(descriptor), options: options)")
      }
    }
  }
}
