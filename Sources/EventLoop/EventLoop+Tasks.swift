internal import Synchronization

extension EventLoop {
  /// The clock that deadlines are instants of.
  package var now: ContinuousClock.Instant { ContinuousClock.now }

  /// Runs `body` on this loop and returns to the caller's executor with its result.
  package func run<R: Sendable, E: Error>(
    _ body: @escaping @Sendable () async throws(E) -> R
  ) async throws(E) -> R {
    // A task of its own: withTaskExecutorPreference leaves nonisolated(nonsending) closures where
    // their caller runs. It is awaited here, and cancelled with the caller.
    let task = Task(executorPreference: self) { () async -> Result<R, E> in
      do throws(E) { return .success(try await body()) } catch { return .failure(error) }
    }
    return try await withTaskCancellationHandler {
      await task.value
    } onCancel: {
      task.cancel()
    }.get()
  }

  /// Starts a task on this loop. Its owner awaits or cancels it.
  package func spawn(_ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
    Task(executorPreference: self) { await body() }
  }

  /// Suspends for `duration` on this loop's timers; a cancelled task resumes at once and throws.
  package func sleep(for duration: Duration) async throws(CancellationError) {
    let sleeper = Sleeper(loop: self)
    await withTaskCancellationHandler {
      await withUnsafeContinuation { sleeper.begin($0, duration: duration) }
    } onCancel: {
      sleeper.wake()
    }
    if Task.isCancelled { throw CancellationError() }
  }
}

/// One sleep. It resumes exactly once: by its timer or by cancellation, whichever is first, also
/// when cancellation comes before it begins.
private final class Sleeper: Sendable {
  private enum State {
    case initial
    case waiting(UnsafeContinuation<Void, Never>)
    case woken
  }

  private let loop: EventLoop
  private let state = Mutex(State.initial)

  init(loop: EventLoop) { self.loop = loop }

  func begin(_ continuation: UnsafeContinuation<Void, Never>, duration: Duration) {
    let waits = state.withLock { state -> Bool in
      if case .woken = state { return false }
      state = .waiting(continuation)
      return true
    }
    guard waits else { return continuation.resume() }
    if loop.isCurrent {
      _ = loop.schedule(after: duration) { self.wake() }
    } else {
      loop.execute { _ = self.loop.schedule(after: duration) { self.wake() } }
    }
  }

  func wake() {
    let continuation = state.withLock { state -> UnsafeContinuation<Void, Never>? in
      defer { state = .woken }
      if case .waiting(let continuation) = state { return continuation }
      return nil
    }
    continuation?.resume()
  }
}
