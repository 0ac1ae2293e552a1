import EventLoop
public import Messages
public import Wire

extension Channel {
  /// Calls any method by its path, `berth.v1.UserService/WhoAmI`, with requests and responses in
  /// protobuf's JSON mapping. A method that takes one request gets the first; none stands for an
  /// empty one.
  ///
  /// Throws UNIMPLEMENTED for a path that this client does not know, INVALID_ARGUMENT naming the
  /// field for JSON that is no request.
  public func call(
    path: String, json requests: [String], options: CallOptions = CallOptions(),
    output: JSONOptions = JSONOptions()
  ) async throws(RPCStatus) -> JSONResponses {
    guard let method = Services.method(path: path) else {
      throw RPCStatus(.unimplemented, "there is no method \(path)")
    }
    return try await call(method, json: requests, options: options, output: output)
  }

  /// The same for a method that is known.
  public func call(
    _ method: MethodDescriptor, json requests: [String], options: CallOptions = CallOptions(),
    output: JSONOptions = JSONOptions()
  ) async throws(RPCStatus) -> JSONResponses {
    if !method.requestStreaming, requests.count > 1 {
      throw RPCStatus(.invalidArgument, "\(method.path) takes one request, not \(requests.count)")
    }
    let call = JSONCall(
      channel: self, method: method, requests: requests, options: options, output: output)
    return try await call.start(method.input, method.output)
  }
}
