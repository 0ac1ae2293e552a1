import Glibc

/// The host's clock.
package struct SystemEngineClock: EngineClock {
  package init() {}

  package var milliseconds: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }

  package func sleep(until milliseconds: Int64) async throws(CancellationError) {
    while true {
      let left = milliseconds - self.milliseconds
      if left <= 0 { return }
      do {
        // In pieces, so that a clock that is set does not leave a container running for hours.
        try await Task.sleep(for: .milliseconds(min(left, 60_000)))
      } catch {
        throw CancellationError()
      }
    }
  }
}
