import Messages
import Synchronization

/// What keeps a streaming call alive: every handle and iterator of it holds this, and when the
/// last one is let go the call is cancelled.
final class StreamOwner<Response: Message>: Sendable {
  /// The channel stays open while a stream of it is read.
  private let channel: Channel
  let queue: ResponseQueue<Response>
  private let task: Task<Void, Never>
  private let sends = Atomic<UInt64>(0)

  init(channel: Channel, queue: ResponseQueue<Response>, task: Task<Void, Never>) {
    self.channel = channel
    self.queue = queue
    self.task = task
  }

  deinit { task.cancel() }

  func cancel() {
    queue.cancel()
    task.cancel()
  }

  /// A number for one message to send.
  func nextSend() -> UInt64 { sends.wrappingAdd(1, ordering: .relaxed).newValue }
}
