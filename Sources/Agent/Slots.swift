import ContainerEngine
import Synchronization

/// Lets so many tasks in at once.
final class Slots: Sendable {
  private let free: Mutex<Int>
  private let changes = ChangeSignal()

  init(_ count: Int) { free = Mutex(count) }

  /// Runs the body when there is a place; at once, without one, when the task is cancelled.
  func run<Result>(_ body: () async -> Result) async -> Result {
    var isHeld = false
    while !isHeld, !Task.isCancelled {
      let generation = changes.generation
      isHeld = free.withLock { free in
        guard free > 0 else { return false }
        free -= 1
        return true
      }
      if !isHeld { await changes.wait(after: generation) }
    }
    let result = await body()
    if isHeld {
      free.withLock { $0 += 1 }
      changes.raise()
    }
    return result
  }
}
