import EventLoop
import Messages
import Transport
import Wire

/// Runs the calls of one method that streams either way: a task a call, owned by the call and
/// cancelled with its stream. Confined to its loop.
final class StreamingRunner<Request: Message, Response: Message>: MethodRunner,
  @unchecked Sendable
{
  // @unchecked: confined to its loop, like its superclass.
  /// Returns the response that goes with the status, for calls that have one.
  typealias Body =
    @Sendable (RequestStream<Request>, ResponseWriter<Response>, CallContext)
    async throws(RPCStatus) -> Response?

  private let body: Body

  init(method: MethodDescriptor, loop: ServerLoop, body: @escaping Body) {
    self.body = body
    super.init(method: method, loop: loop)
  }

  override func begin(
    owning reference: Unmanaged<ServerCall>, message: UnsafeRawBufferPointer?, end: Bool
  ) {
    let call = reference.takeRetainedValue()
    let queue = RequestQueue<Request>(call: call, arena: loop.arena)
    call.sink = queue
    call.listen()
    // It came with OPEN and cost no credit.
    if let message { queue.append(message, consumes: nil) }
    if end { queue.end() }
    call.phase = .running
    call.startTiming()
    call.work = .task(loop.loop.spawn { await self.run(call, queue) })
  }

  private func run(_ call: ServerCall, _ queue: RequestQueue<Request>) async {
    do throws(RPCStatus) {
      try await loop.finishAdmission(call)
    } catch {
      return call.fail(error)
    }
    await CallScope.$source.withValue(call) { await answer(call, queue) }
  }

  private func answer(_ call: ServerCall, _ queue: RequestQueue<Request>) async {
    do throws(RPCStatus) {
      let responses = ResponseWriter<Response>(call: call)
      let response = try await body(
        RequestStream(queue: queue, loop: loop.loop), responses, CallContext(call))
      if let response {
        await CallContext(call).reply(response)
      } else {
        call.succeed()
      }
    } catch {
      call.fail(error)
    }
  }
}
