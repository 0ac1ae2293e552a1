import HTTPTypes
import Hummingbird
import Messages
import NIOCore
import RPCClient
import ServiceLifecycle
import Synchronization
import Wire

/// The responses of a server-streaming RPC as newline-delimited JSON, each sent when it comes.
///
/// The RPC is read no faster than the caller reads, and ends when the caller goes or the program
/// ends. A failure after the head is the last line, `{"error": {"code", "message", "details"}}`.
final class MessageStream: Sendable {
  /// One message, or the end.
  private typealias Reading = Task<Result<String?, RPCStatus>, Never>

  private enum Interruption {
    case callerGone
    case shutdown
  }

  private struct State {
    var reading: Reading
    var interruption: Interruption?
  }

  private static let type = "application/x-ndjson"

  private let responses: JSONResponses
  private let state: Mutex<State>

  init(_ responses: JSONResponses) {
    self.responses = responses
    state = Mutex(State(reading: Self.read(responses)))
  }

  deinit { state.withLock { $0.reading }.cancel() }

  /// The error that ends the call at once as an HTTP status; else the head of the stream.
  func response(to request: Request) async -> Response {
    if let error = await earlyError() { return .refused(error) }
    // The connection ends with the stream: its read side serves to notice that the caller went.
    return Response(
      status: .ok, headers: [.contentType: Self.type, .connection: "close"],
      body: ResponseBody { writer in
        try await request.body.consumeWithInboundCloseHandler { _ in
          try await withGracefulShutdownHandler {
            try await self.write(to: &writer)
          } onGracefulShutdown: {
            self.interrupt(.shutdown)
          }
        } onInboundClosed: {
          self.interrupt(.callerGone)
        }
        try await writer.finish(nil)
      })
  }

  @concurrent
  private func write(to writer: inout any ResponseBodyWriter) async throws {
    var reading = state.withLock { $0.reading }
    while true {
      switch await reading.value {
      case .success(nil):
        return
      case .success(let message?):
        try await writer.write(ByteBuffer(string: message + "\n"))
        reading = readNext()
      case .failure(let error):
        guard let error = told(error) else { return }
        let line = JSONValue.object([JSONMember(name: "error", value: error.json)])
        try await writer.write(ByteBuffer(string: line.text() + "\n"))
        return
      }
    }
  }

  /// What the last line tells; nil: nobody reads it.
  private func told(_ error: RPCStatus) -> RPCStatus? {
    switch state.withLock({ $0.interruption }) {
    case nil: error
    case .callerGone: nil
    case .shutdown: RPCStatus(.unavailable, "the console shuts down: ask again")
    }
  }

  private func interrupt(_ interruption: Interruption) {
    state.withLock { state in
      state.interruption = state.interruption ?? interruption
      return state.reading
    }.cancel()
  }

  // MARK: Reading

  private static func read(_ responses: JSONResponses) -> Reading {
    // Owned by the stream's state, which cancels it.
    Task {
      var iterator = responses.makeAsyncIterator()
      do throws(RPCStatus) {
        return .success(try await iterator.next())
      } catch {
        return .failure(error)
      }
    }
  }

  private func readNext() -> Reading {
    let reading = Self.read(responses)
    let isInterrupted = state.withLock { state in
      state.reading = reading
      return state.interruption != nil
    }
    if isInterrupted { reading.cancel() }
    return reading
  }

  /// The error that comes instead of a first message; nil where a message or neither came in time.
  private func earlyError() async -> RPCStatus? {
    let reading = state.withLock { $0.reading }
    let (outcomes, source) = AsyncStream<RPCStatus?>.makeStream(
      bufferingPolicy: .bufferingOldest(1))
    let waiting = Task {
      if case .failure(let error) = await reading.value {
        source.yield(error)
      } else {
        source.yield(nil)
      }
    }
    let timer = Task {
      try? await Task.sleep(for: GatewayLimits.streamHeadDelay)
      source.yield(nil)
    }
    var iterator = outcomes.makeAsyncIterator()
    let outcome = await iterator.next() ?? nil
    timer.cancel()
    // It ends with the reading, which is not its to cancel.
    _ = waiting
    return outcome
  }
}
