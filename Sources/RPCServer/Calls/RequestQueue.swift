import DequeModule
import EventLoop
import Messages
import Transport
import Wire

/// The requests of one streaming call: what came and was not taken yet, as it came. Credit goes
/// back to the caller as the handler takes them, so the flow control of the stream bounds this
/// queue. Confined to its loop.
final class RequestQueue<Request: Message>: RequestSink, @unchecked Sendable {
  // @unchecked: confined to its loop.
  private enum Waiter {
    case none
    case waiting(UnsafeContinuation<Result<Request?, RPCStatus>, Never>)
  }

  private struct Entry {
    let bytes: [UInt8]
    /// Bytes that the stream is told are consumed; nil: it came with OPEN and cost no credit. An
    /// empty message has cost some too.
    let consumes: Int?
  }

  private let call: ServerCall
  private let arena: Arena
  private var entries: Deque<Entry> = []
  private var isEnded = false
  private var failure: RPCStatus?
  private var waiter = Waiter.none

  init(call: ServerCall, arena: Arena) {
    self.call = call
    self.arena = arena
  }

  // MARK: From the stream

  func receive(_ message: UnsafeRawBufferPointer, of call: ServerCall) {
    append(message, consumes: message.count)
  }

  func append(_ message: UnsafeRawBufferPointer, consumes: Int?) {
    guard case .waiting(let continuation) = waiter else {
      entries.append(Entry(bytes: Array(message), consumes: consumes))
      return
    }
    waiter = .none
    // Straight from the frame, without a copy.
    continuation.resume(returning: take(message, consumes: consumes))
  }

  func end() {
    isEnded = true
    resume(.success(nil))
  }

  func end(of call: ServerCall) { end() }

  func fail(_ status: RPCStatus) {
    failure = status
    entries.removeAll()
    resume(.failure(status))
  }

  private func resume(_ result: Result<Request?, RPCStatus>) {
    guard case .waiting(let continuation) = waiter else { return }
    waiter = .none
    continuation.resume(returning: result)
  }

  // MARK: From the handler

  /// The next request; nil after the last. One caller at a time.
  func next() async throws(RPCStatus) -> Request? {
    if let failure { throw failure }
    if let entry = entries.popFirst() {
      return try entry.bytes.withUnsafeBytes { take($0, consumes: entry.consumes) }.get()
    }
    if isEnded { return nil }
    return try await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        if Task.isCancelled { return continuation.resume(returning: Self.cancelled) }
        guard case .none = waiter else {
          preconditionFailure("two tasks read the requests of one call")
        }
        waiter = .waiting(continuation)
      }
    } onCancel: {
      call.loop.execute { self.resume(Self.cancelled) }
    }.get()
  }

  private static var cancelled: Result<Request?, RPCStatus> {
    .failure(RPCStatus(.cancelled, "the handler was cancelled"))
  }

  private func take(
    _ message: UnsafeRawBufferPointer, consumes: Int?
  ) -> Result<Request?, RPCStatus> {
    if let consumes { call.consumed(consumes) }
    do throws(MessageError) {
      return .success(try Request(decoding: message, in: arena))
    } catch {
      let status = RPCStatus(error)
      failure = status
      entries.removeAll()
      return .failure(status)
    }
  }
}
