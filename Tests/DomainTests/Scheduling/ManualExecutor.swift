import Domain
import Synchronization

/// Runs jobs only when told to, on the thread that tells it: what runs on it is deterministic.
final class ManualExecutor: TaskExecutor {
  private let jobs = Mutex<[UnownedJob]>([])

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    jobs.withLock { $0.append(job) }
  }

  /// Runs jobs until there are none.
  func drain() {
    while true {
      let next = jobs.withLock { jobs in
        defer { jobs = [] }
        return jobs
      }
      if next.isEmpty { return }
      for job in next { job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
  }

  func spawn(_ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
    Task(executorPreference: self, operation: body)
  }
}

/// Time that passes only when told to. Both clocks and the sleeper of a domain environment.
final class ManualTime: WallClock, MonotonicClock, Sleeper {
  private struct Sleeping {
    let id: Int
    let until: Duration
    let continuation: CheckedContinuation<Void, Never>
  }

  private struct State {
    var elapsed = Duration.zero
    var nextID = 0
    var sleeping: [Sleeping] = []
    var cancelled: Set<Int> = []
  }

  private let state = Mutex(State())
  private let origin = ContinuousClock.now

  var elapsed: Duration { state.withLock { $0.elapsed } }
  func now() -> Instant { Instant.start + elapsed }
  func now() -> ContinuousClock.Instant { origin + elapsed }

  func sleep(for duration: Duration) async throws(CancellationError) {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          if state.cancelled.remove(id) != nil || duration <= .zero { return true }
          state.sleeping.append(
            Sleeping(id: id, until: state.elapsed + duration, continuation: continuation))
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      let sleeping = state.withLock { state -> Sleeping? in
        guard let index = state.sleeping.firstIndex(where: { $0.id == id }) else {
          state.cancelled.insert(id)
          return nil
        }
        return state.sleeping.remove(at: index)
      }
      sleeping?.continuation.resume()
    }
    if Task.isCancelled { throw CancellationError() }
  }

  /// Passes to the next moment at which somebody wakes, at most to `limit`; false when that is
  /// `limit`.
  func passToNextWake(notAfter limit: Duration) -> Bool {
    let (due, isBefore) = state.withLock { state -> ([Sleeping], Bool) in
      guard let first = state.sleeping.map(\.until).min(), first <= limit else {
        state.elapsed = limit
        return ([], false)
      }
      state.elapsed = max(state.elapsed, first)
      let due = state.sleeping.filter { $0.until <= first }
      state.sleeping.removeAll { $0.until <= first }
      return (due, true)
    }
    for sleeping in due { sleeping.continuation.resume() }
    return isBefore
  }
}

/// A fraction that is always the same.
struct FixedJitter: JitterSource {
  var value = 0.5
  func fraction() -> Double { value }
}

/// Keeps what is written.
final class RecordingLog: DiagnosticLog {
  private let lines = Mutex<[String]>([])

  var all: [String] { lines.withLock { $0 } }

  func write(_ level: DiagnosticLevel, _ message: String, _ fields: [String: String]) {
    lines.withLock { $0.append("\(level): \(message) \(fields)") }
  }
}
