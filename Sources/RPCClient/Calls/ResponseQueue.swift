import DequeModule
import Messages
import Synchronization
import Wire

/// The responses of one call between the loop, which adds, and the one task that reads them.
/// Credit goes back to the server as they are taken, gathered so that it does not cost a wake-up
/// each; the flow control of the stream bounds this queue.
final class ResponseQueue<Response: Message>: Sendable {
  private typealias Next = Result<Response?, RPCStatus>

  private struct Entry {
    let response: Response
    /// Bytes of credit to give back; nil: none.
    let cost: Int?
  }

  private struct State {
    var entries: Deque<Entry> = []
    var end: RPCStatus?
    var waiter: UnsafeContinuation<Next, Never>?
    var isCancelled = false
    var hasDelivered = false
    var gathered: [Int] = []
    var gatheredBytes = 0
    var giveBack: (@Sendable ([Int]) -> Void)?
  }

  private let state = Mutex(State())

  /// Whether a response came. An attempt after it would repeat responses.
  var hasDelivered: Bool { state.withLock { $0.hasDelivered } }

  // MARK: From the loop

  /// Where credit goes back to: the stream of the attempt that was opened.
  func attach(_ giveBack: @escaping @Sendable ([Int]) -> Void) {
    state.withLock { $0.giveBack = giveBack }
  }

  func append(_ response: Response, cost: Int?) {
    var credit: (@Sendable () -> Void)?
    let waiter = state.withLock { state -> UnsafeContinuation<Next, Never>? in
      state.hasDelivered = true
      guard let waiter = state.waiter else {
        state.entries.append(Entry(response: response, cost: cost))
        return nil
      }
      state.waiter = nil
      credit = Self.gather(cost, in: &state, waits: true)
      return waiter
    }
    credit?()
    waiter?.resume(returning: .success(response))
  }

  /// After the last response. OK ends the sequence, anything else is thrown.
  func finish(_ status: RPCStatus) {
    let waiter = state.withLock { state -> UnsafeContinuation<Next, Never>? in
      guard state.end == nil else { return nil }
      state.end = status
      state.giveBack = nil
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume(returning: Self.ending(status))
  }

  private static func ending(_ status: RPCStatus) -> Next {
    status.code == .ok ? .success(nil) : .failure(status)
  }

  // MARK: From the reader

  /// The next response; nil after the last. For one task at a time.
  func next(onCancel: @escaping @Sendable () -> Void) async throws(RPCStatus) -> Response? {
    try await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        var credit: (@Sendable () -> Void)?
        let result = state.withLock { state -> Next? in
          if state.isCancelled { return Self.cancelled }
          if let entry = state.entries.popFirst() {
            credit = Self.gather(entry.cost, in: &state, waits: false)
            return .success(entry.response)
          }
          if let end = state.end { return Self.ending(end) }
          guard state.waiter == nil else {
            return .failure(RPCStatus(.failedPrecondition, "two tasks read the same responses"))
          }
          credit = Self.gather(nil, in: &state, waits: true)
          state.waiter = continuation
          return nil
        }
        credit?()
        if let result { continuation.resume(returning: result) }
      }
    } onCancel: {
      cancel()
      onCancel()
    }.get()
  }

  /// Nobody reads any more.
  func cancel() {
    let waiter = state.withLock { state -> UnsafeContinuation<Next, Never>? in
      state.isCancelled = true
      state.entries.removeAll()
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume(returning: Self.cancelled)
  }

  private static var cancelled: Next { .failure(RPCStatus(.cancelled, "the caller gave up")) }

  /// Notes that a message was taken; returns what to call, outside the lock, to give its credit
  /// back with what was gathered: when enough is, or when the reader is about to wait.
  private static func gather(
    _ cost: Int?, in state: inout State, waits: Bool
  ) -> (@Sendable () -> Void)? {
    if let cost {
      state.gathered.append(cost)
      state.gatheredBytes += cost
    }
    let isEnough =
      state.gatheredBytes >= ClientLimits.gatheredCreditBytes
      || state.gathered.count >= ClientLimits.gatheredMessages
    guard !state.gathered.isEmpty, waits || isEnough, let giveBack = state.giveBack else {
      return nil
    }
    let sizes = state.gathered
    state.gathered = []
    state.gatheredBytes = 0
    return { giveBack(sizes) }
  }
}
