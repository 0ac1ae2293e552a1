public import Messages
public import Wire

/// The methods a server has, by path. A value: fill it, give it to a server.
///
/// Generated `register(in:)` calls it; a service without a .proto may too. Registering a path twice
/// is a programmer's error.
public struct Router: Sendable {
  /// What handlers throw.
  public typealias Failure = RPCStatus

  private(set) var registrations: [String: MethodRegistration] = [:]
  /// Services with their .proto files, by name.
  private(set) var services: [String: ServiceDescriptor] = [:]
  private(set) var drainHooks: [@Sendable () -> Void] = []

  public init() {}

  /// Every method, by path.
  public var methods: [MethodDescriptor] {
    registrations.values.map(\.method).sorted { $0.path < $1.path }
  }

  /// Makes a service known by its descriptor, for reflection. Generated `register(in:)` calls it.
  public mutating func add(_ service: ServiceDescriptor) { services[service.name] = service }

  /// Calls `body` when a server with this router begins to end, before its clients are told.
  public mutating func onDrain(_ body: @escaping @Sendable () -> Void) { drainHooks.append(body) }

  /// One request, one response.
  @inlinable
  public mutating func unary<Request: Message, Response: EncodableMessage>(
    _ method: MethodDescriptor,
    _ handler: @escaping @Sendable (Request, CallContext) async throws(RPCStatus) -> Response
  ) {
    // Compiled where the types are known: nothing of them is looked up while a call runs.
    unary(method) { (driver: Driver) async in
      while let context = driver.next() {
        do throws(RPCStatus) {
          let request = try context.decode(
            driver.lentRequest, as: Request.self, in: driver.arena)
          let response = try await handler(request, context)
          if !context.replyAtOnce(response) { await context.reply(response) }
        } catch {
          context.fail(error)
        }
        driver.end(context)
      }
    }
  }

  @usableFromInline
  mutating func unary(
    _ method: MethodDescriptor, body: @escaping @Sendable (Driver) async -> Void
  ) {
    add(method) { loop in UnaryRunner(method: method, loop: loop, body: body) }
  }

  /// One request, any number of responses.
  public mutating func serverStreaming<Request: Message, Response: Message>(
    _ method: MethodDescriptor,
    _ handler:
      @escaping @Sendable (Request, ResponseWriter<Response>, CallContext)
      async throws(RPCStatus) -> Void
  ) {
    streaming(method) {
      (
        requests: RequestStream<Request>, responses: ResponseWriter<Response>,
        context: CallContext
      ) async throws(RPCStatus) -> Response? in
      let request = try await requests.only()
      try await handler(request, responses, context)
      return nil
    }
  }

  /// Any number of requests, one response.
  public mutating func clientStreaming<Request: Message, Response: Message>(
    _ method: MethodDescriptor,
    _ handler:
      @escaping @Sendable (RequestStream<Request>, CallContext)
      async throws(RPCStatus) -> Response
  ) {
    streaming(method) {
      (
        requests: RequestStream<Request>, responses: ResponseWriter<Response>,
        context: CallContext
      ) async throws(RPCStatus) -> Response? in
      try await handler(requests, context)
    }
  }

  /// Any number of requests and responses, in any order.
  public mutating func bidirectional<Request: Message, Response: Message>(
    _ method: MethodDescriptor,
    _ handler:
      @escaping @Sendable (RequestStream<Request>, ResponseWriter<Response>, CallContext)
      async throws(RPCStatus) -> Void
  ) {
    streaming(method) {
      (
        requests: RequestStream<Request>, responses: ResponseWriter<Response>,
        context: CallContext
      ) async throws(RPCStatus) -> Response? in
      try await handler(requests, responses, context)
      return nil
    }
  }

  private mutating func streaming<Request: Message, Response: Message>(
    _ method: MethodDescriptor,
    _ body: @escaping StreamingRunner<Request, Response>.Body
  ) {
    add(method) { loop in
      StreamingRunner(method: method, loop: loop, body: body)
    }
  }

  private mutating func add(
    _ method: MethodDescriptor, makeRunner: @escaping @Sendable (ServerLoop) -> MethodRunner
  ) {
    precondition(registrations[method.path] == nil, "\(method.path) is registered twice")
    registrations[method.path] = MethodRegistration(method: method, makeRunner: makeRunner)
  }
}
