import Descriptors
import Messages
import Wire

/// `berth.v1.ReflectionService` over what the server's router has.
struct ReflectionHandlers: ReflectionServiceHandler {
  func listServices(
    _ request: ListServicesRequest, context: CallContext
  ) async throws(RPCStatus) -> ListServicesResponse {
    let catalog = context.call.server.catalog
    return ListServicesResponse(
      services: catalog.services.map { service in
        ListServicesResponse.Service(
          name: service, methods: catalog.methods(of: service).map(ListServicesResponse.Method.init)
        )
      })
  }

  func getDescriptors(
    _ request: GetDescriptorsRequest, context: CallContext
  ) async throws(RPCStatus) -> GetDescriptorsResponse {
    let catalog = context.call.server.catalog
    let file: ProtoFile?
    let name: String
    switch request.subject {
    case .file(let path):
      (file, name) = (catalog.file(named: path), path)
    case .symbol(let symbol):
      do throws(DescriptorError) {
        (file, name) = (try catalog.file(of: symbol), symbol)
      } catch {
        throw context.fault("a descriptor of this server: \(error)")
      }
    case nil:
      throw .invalidArgument([FieldViolation(field: "subject", description: "is not set")])
    }
    guard let file else { throw RPCStatus(.notFound, "this server knows no \(name)") }
    return GetDescriptorsResponse(files: file.closure.map(\.descriptor))
  }
}

extension ListServicesResponse.Method {
  fileprivate init(_ method: MethodDescriptor) {
    self.init(
      name: method.name, requestStreaming: method.requestStreaming,
      responseStreaming: method.responseStreaming, input: method.input.descriptor.fullName,
      output: method.output.descriptor.fullName)
  }
}
