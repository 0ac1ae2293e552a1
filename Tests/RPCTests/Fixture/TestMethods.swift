import Messages

/// Methods of a service that exists in these tests alone: all four kinds, over simple messages.
enum TestMethods {
  static let echo = method("Echo", idempotency: .noSideEffects)
  static let change = method("Change")
  static let list = method("List", responses: true, idempotency: .noSideEffects)
  static let collect = method("Collect", requests: true)
  static let chat = method("Chat", requests: true, responses: true)

  private static func method(
    _ name: String, requests: Bool = false, responses: Bool = false,
    idempotency: MethodDescriptor.Idempotency = .unknown
  ) -> MethodDescriptor {
    MethodDescriptor(
      service: "test.v1.TestService", name: name, requestStreaming: requests,
      responseStreaming: responses, idempotency: idempotency, input: LogsRequest.self,
      output: LogsResponse.self)
  }
}
