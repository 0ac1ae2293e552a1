import Foundation
import RPCClient
import Synchronization

/// Keeps a number of calls under way on each of some channels, and measures them.
///
/// With a rate, calls have an appointed time each, whether the server keeps up or not, and a
/// latency runs from there: a server that stalls cannot hide it by holding up its callers.
final class LoadGenerator: Sendable {
  private let plan: LoadPlan
  private let channels: [Channel]
  private let answered = Atomic<Int>(0)
  private let isStopped = Atomic<Bool>(false)

  init(_ plan: LoadPlan, channels: [Channel]) {
    self.plan = plan
    self.channels = channels
  }

  /// Calls that were answered so far.
  var progress: Int { answered.load(ordering: .relaxed) }

  /// Ends the load early; what was measured so far counts.
  func stop() { isStopped.store(true, ordering: .relaxed) }

  /// The result, and the seconds that were measured.
  func run(json: String) async throws -> (LoadResult, seconds: Double) {
    try await start(json, plan.method.input, plan.method.output)
  }

  private func start<Request: Message, Response: Message>(
    _ json: String, _: Request.Type, _: Response.Type
  ) async throws -> (LoadResult, seconds: Double) {
    let request: Request
    do {
      request = try Request(jsonString: json)
    } catch {
      throw Failure("the request: \(error)", status: 65)
    }
    let measureFrom = ContinuousClock.now + plan.warmup
    let end = measureFrom + plan.duration
    var result = LoadResult()
    await withTaskGroup(of: LoadResult.self) { group in
      for (index, channel) in channels.enumerated() {
        for worker in 0..<plan.outstanding {
          let number = worker * channels.count + index
          group.addTask(executorPreference: channel.taskExecutor) {
            await self.work(
              channel, request, Response.self, number: number, from: measureFrom, until: end)
          }
        }
      }
      for await part in group { result.add(part) }
    }
    let measured = min(ContinuousClock.now, end) - measureFrom
    return (result, seconds: max(0, measured / .seconds(1)))
  }

  private func work<Request: Message, Response: Message>(
    _ channel: Channel, _ request: Request, _: Response.Type, number: Int,
    from measureFrom: ContinuousClock.Instant, until end: ContinuousClock.Instant
  ) async -> LoadResult {
    var result = LoadResult()
    let interval = plan.rate.map { Duration.seconds(Double(plan.workers) / $0) }
    // Workers begin one after the other, so that a rate is even.
    var appointment =
      measureFrom - plan.warmup
      + (interval.map { $0 * number / plan.workers } ?? .zero)
    while !isStopped.load(ordering: .relaxed) {
      var begin = ContinuousClock.now
      if let interval {
        if appointment > begin {
          guard appointment < end else { break }
          try? await Task.sleep(until: appointment, clock: .continuous)
        }
        begin = appointment
        appointment += interval
      }
      guard begin < end else { break }
      do throws(RPCStatus) {
        let _: Response = try await channel.unary(plan.method, request, options: plan.options)
        let now = ContinuousClock.now
        answered.add(1, ordering: .relaxed)
        if begin >= measureFrom, now <= end { result.latency.record((now - begin).nanoseconds) }
      } catch {
        if begin >= measureFrom { result.record(error) }
        // A server that refuses at once is not asked again as fast as the processor allows.
        try? await Task.sleep(for: .milliseconds(1))
      }
    }
    return result
  }
}

extension Duration {
  /// Not below zero.
  fileprivate var nanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    return UInt64(clamping: seconds) &* 1_000_000_000
      &+ UInt64(clamping: attoseconds / 1_000_000_000)
  }
}
