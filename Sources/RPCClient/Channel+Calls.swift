import EventLoop
public import Messages
public import Wire

extension Channel {
  /// One request, one response. Throws the call's status; CANCELLED when the task is cancelled,
  /// which ends the call on the server too.
  public func unary<Request: Message, Response: Message>(
    _ method: MethodDescriptor, _ request: Request, options: CallOptions = CallOptions()
  ) async throws(RPCStatus) -> Response {
    let plan = CallPlan(channel: self, method: method, options: options)
    if let hedging = plan.hedgingPolicy {
      return try await HedgedCall(plan, hedging, request).run()
    }
    var attempts = Attempts(plan)
    while true {
      let setup = try await attempts.begin()
      let call = UnaryCall<Request, Response>(plan, setup, request: request)
      let end = await call.run()
      if end.status.code == .ok, let response = call.response {
        attempts.succeeded(setup, end)
        return response
      }
      try await attempts.next(after: end, setup)
    }
  }

  /// One request, any number of responses. The call begins at once; letting the result go, or
  /// leaving a loop over it, ends it.
  public func serverStreaming<Request: Message, Response: Message>(
    _ method: MethodDescriptor, _ request: Request, options: CallOptions = CallOptions()
  ) -> ResponseStream<Response> {
    let plan = CallPlan(channel: self, method: method, options: options)
    let queue = ResponseQueue<Response>()
    // Owned by the stream, which cancels it when it is let go.
    let task = core.loop.spawn {
      do throws(RPCStatus) {
        try await self.receive(plan, request, into: queue)
        queue.finish(.ok)
      } catch {
        queue.finish(error)
      }
    }
    return ResponseStream(owner: StreamOwner(channel: self, queue: queue, task: task))
  }

  /// Attempts until one ends well or has delivered something.
  private func receive<Request: Message, Response: Message>(
    _ plan: CallPlan, _ request: Request, into queue: ResponseQueue<Response>
  ) async throws(RPCStatus) {
    var attempts = Attempts(plan)
    while true {
      let setup = try await attempts.begin()
      let call = StreamingCall(plan, setup, request: request, queue: queue)
      var end = await call.open()
      if end == nil { end = await call.end() }
      guard let end else { return }
      if end.status.code == .ok { return attempts.succeeded(setup, end) }
      guard !queue.hasDelivered else {
        setup.observed?.end(end, isFinal: true)
        throw end.status
      }
      try await attempts.next(after: end, setup)
    }
  }

  /// Any number of requests, one response. Returns when the call has begun.
  public func clientStreaming<Request: Message, Response: Message>(
    _ method: MethodDescriptor, options: CallOptions = CallOptions()
  ) async throws(RPCStatus) -> ClientStreamingCall<Request, Response> {
    let (call, owner) = try await open(method, options, Request.self, Response.self)
    return ClientStreamingCall(call: call, owner: owner)
  }

  /// Any number of requests and responses, in any order. Returns when the call has begun.
  public func bidirectional<Request: Message, Response: Message>(
    _ method: MethodDescriptor, options: CallOptions = CallOptions()
  ) async throws(RPCStatus) -> BidirectionalCall<Request, Response> {
    let (call, owner) = try await open(method, options, Request.self, Response.self)
    return BidirectionalCall(call: call, owner: owner)
  }

  private func open<Request: Message, Response: Message>(
    _ method: MethodDescriptor, _ options: CallOptions, _: Request.Type, _: Response.Type
  ) async throws(RPCStatus) -> (StreamingCall<Request, Response>, StreamOwner<Response>) {
    let plan = CallPlan(channel: self, method: method, options: options)
    var attempts = Attempts(plan)
    while true {
      let setup = try await attempts.begin()
      let queue = ResponseQueue<Response>()
      let call = StreamingCall<Request, Response>(
        plan, setup, request: nil, queue: queue)
      if let end = await call.open() {
        try await attempts.next(after: end, setup)
        continue
      }
      // Owned by the call's handle, which cancels it when it is let go.
      let task = core.loop.spawn {
        let end = await call.end()
        queue.finish(end.status)
        setup.observed?.end(end, isFinal: true)
      }
      return (call, StreamOwner(channel: self, queue: queue, task: task))
    }
  }
}
