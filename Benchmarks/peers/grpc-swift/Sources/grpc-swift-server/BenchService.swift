import GRPCCore

/// `bench.Bench` on grpc-swift.
struct BenchService: RegistrableRPCService {
  private static let name = ServiceDescriptor(fullyQualifiedService: "bench.Bench")

  func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
    router.registerHandler(
      forMethod: MethodDescriptor(service: Self.name, method: "Call"),
      deserializer: RequestDecoding(), serializer: ResponseEncoding()
    ) { stream, _ in
      let request = try await ServerRequest(stream: stream)
      return StreamingServerResponse(
        single: ServerResponse(message: BenchResponse(to: request.message)))
    }
    router.registerHandler(
      forMethod: MethodDescriptor(service: Self.name, method: "Echo"),
      deserializer: RawCoding(), serializer: RawCoding()
    ) { stream, _ in
      let request = try await ServerRequest(stream: stream)
      return StreamingServerResponse(single: ServerResponse(message: request.message))
    }
  }
}
