internal import CLinux
internal import DequeModule
internal import Glibc

/// Why the pool did not take work.
package enum BlockingPoolError: Error, Sendable, Equatable {
  /// As much is waiting as may: try again later.
  case full
  /// The pool has been shut down.
  case closed
}

/// A few threads beside the loops for what burns CPU or blocks: password hashing, name resolution.
/// Work waits in a bounded queue, first come first served.
package final class BlockingPool: @unchecked Sendable {
  // @unchecked: `queue`, `closed` and `live` are only touched while `lock` is held.
  private let lock: UnsafeMutablePointer<pthread_mutex_t>
  private let changed: UnsafeMutablePointer<pthread_cond_t>
  private let queueLimit: Int
  private var queue: Deque<@Sendable () -> Void> = []
  private var closed = false
  private var live = 0
  private var ended: [UnsafeContinuation<Void, Never>] = []

  /// - Parameters:
  ///   - threads: at least one.
  ///   - queueLimit: how much may wait beside what runs.
  package init(threads: Int, queueLimit: Int) {
    self.queueLimit = queueLimit
    lock = .allocate(capacity: 1)
    changed = .allocate(capacity: 1)
    pthread_mutex_init(lock, nil)
    pthread_cond_init(changed, nil)
    for _ in 0..<max(1, threads) { startThread() }
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(lock)
    changed.deallocate()
    lock.deallocate()
  }

  private func startThread() {
    var thread = pthread_t()
    pthread_mutex_lock(lock)
    let result = pthread_create(
      &thread, nil,
      { context in
        let pool = Unmanaged<BlockingPool>.fromOpaque(context!).takeRetainedValue()
        berth_set_thread_name("berth-blocking")
        pthread_detach(pthread_self())
        pool.work()
        return nil
      }, Unmanaged.passRetained(self).toOpaque())
    precondition(result == 0, "no thread for the blocking pool: errno \(result)")
    live += 1
    pthread_mutex_unlock(lock)
  }

  private func work() {
    pthread_mutex_lock(lock)
    while true {
      if let work = queue.popFirst() {
        pthread_mutex_unlock(lock)
        work()
        pthread_mutex_lock(lock)
      } else if closed {
        break
      } else {
        pthread_cond_wait(changed, lock)
      }
    }
    live -= 1
    let ended = live == 0 ? self.ended : []
    pthread_mutex_unlock(lock)
    for continuation in ended { continuation.resume() }
  }

  /// Runs `work` on one of the threads. Throws `BlockingPoolError` or what `work` throws. Work that
  /// has begun runs to its end, also when the caller is cancelled.
  package func run<R: Sendable, E: Error>(
    _ work: @escaping @Sendable () throws(E) -> R
  ) async throws -> R {
    try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<R, any Error>) in
      let refusal = submit {
        do throws(E) {
          continuation.resume(returning: try work())
        } catch {
          continuation.resume(throwing: error)
        }
      }
      if let refusal { continuation.resume(throwing: refusal) }
    }
  }

  private func submit(_ work: @escaping @Sendable () -> Void) -> BlockingPoolError? {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    if closed { return .closed }
    if queue.count >= queueLimit { return .full }
    queue.append(work)
    pthread_cond_signal(changed)
    return nil
  }

  /// Takes no more work; returns when what was taken is done.
  package func shutdown() async {
    await withUnsafeContinuation { continuation in
      if !close(resuming: continuation) { continuation.resume() }
    }
  }

  private func close(resuming continuation: UnsafeContinuation<Void, Never>) -> Bool {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    closed = true
    pthread_cond_broadcast(changed)
    if live > 0 { ended.append(continuation) }
    return live > 0
  }
}
