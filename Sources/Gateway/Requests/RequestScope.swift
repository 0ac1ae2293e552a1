import HTTPTypes
package import Hummingbird
import Logging
package import Wire

/// Outside of everything else: what is done for an HTTP request belongs to its trace and has its
/// request id, in logs and in the calls that it becomes.
package struct RequestScope: RouterMiddleware {
  private static let requestID = HTTPField.Name(CallScope.requestIDKey)
  private static let traceparent = HTTPField.Name(CallScope.traceparentKey)
  private static let tracestate = HTTPField.Name(CallScope.tracestateKey)

  private let sink: (any SpanSink)?
  private let sampler: TraceSampler

  /// - Parameter sink: where spans go; nil: nowhere, the caller's trace is handed on as it came.
  package init(into sink: (any SpanSink)?, sampler: TraceSampler = .standard) {
    self.sink = sink
    self.sampler = sampler
  }

  @concurrent package func handle(
    _ request: Request, context: GatewayContext,
    next: @concurrent (Request, GatewayContext) async throws -> Response
  ) async throws -> Response {
    var context = context
    let id = Self.requestID(of: request)
    let trace = place(of: request)
    var head = request.head
    if let name = Self.requestID { head.headerFields[name] = id }
    if let name = Self.traceparent { head.headerFields[name] = trace?.traceparent }
    let request = Request(head: head, body: request.body)
    context.requestID = id
    context.logger[metadataKey: "request_id"] = "\(id)"
    let state = Self.tracestate.flatMap { request.headers[$0] }
    let scope = CallScope(
      traceparent: trace?.traceparent,
      tracestate: CallScope.tracestate(in: state.map { [CallScope.tracestateKey: $0] }),
      requestID: id)
    let start = WallTime.nanoseconds()
    let result: Result<Response, any Error>
    do {
      result = .success(try await scope.run { try await next(request, context) })
    } catch {
      result = .failure(error)
    }
    if let sink, let trace, trace.isSampled {
      sink.record(
        Self.span(request, context, result, trace, state: scope.tracestate, id: id, start: start))
    }
    var response = try result.get()
    if let name = Self.requestID { response.headers[name] = id }
    return response
  }

  /// The caller's own, if it may stand in a log; else a new one.
  private static func requestID(of request: Request) -> String {
    if let name = requestID, let id = request.headers[name],
      (1...GatewayLimits.requestIDBytes).contains(id.utf8.count),
      id.utf8.allSatisfy(isPlain)
    {
      return id
    }
    return TraceContext.root(isSampled: false).traceID
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
      UInt8(ascii: "."):
      true
    default: false
    }
  }

  private func place(of request: Request) -> TraceContext? {
    let caller = Self.traceparent.flatMap { request.headers[$0] }
      .flatMap { TraceContext(traceparent: $0) }
    guard sink != nil else { return caller }
    return sampler.sampled(caller?.child() ?? .root(isSampled: false))
  }

  private static func span(
    _ request: Request, _ context: GatewayContext, _ result: Result<Response, any Error>,
    _ trace: TraceContext, state: String?, id: String, start: UInt64
  ) -> Span {
    let status =
      switch result {
      case .success(let response): response.status.code
      case .failure(let error): (error as? HTTPError)?.status.code ?? 500
      }
    let method = request.method.rawValue
    let route = context.endpointPath
    var attributes: [(name: String, value: Span.Value)] = [
      ("http.request.method", .text(method)), ("url.path", .text(request.uri.path)),
      ("http.response.status_code", .integer(Int64(status))), ("berth.request_id", .text(id)),
    ]
    if let route { attributes.append(("http.route", .text(route))) }
    return Span(
      route.map { "\(method) \($0)" } ?? method, kind: .server, context: trace, traceState: state,
      start: start, end: max(start, WallTime.nanoseconds()), attributes: attributes,
      failure: status >= 500 ? "\(status)" : nil)
  }
}
