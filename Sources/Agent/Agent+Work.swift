import ContainerEngine
import Logging
import Messages

/// The pieces of work. Each ends with the input that its action promises, unless the agent ends.
extension Agent {
  func start(_ spec: ContainerSpec) async {
    let engine = engine
    let tracing = StartTracing(of: spec, into: options.spans)
    let result = await startSlots.run {
      await tracing.run {
        await retryingWhileAway { () async throws(EngineError) in
          try await engine.start(tracing.spec)
        }
      }
    }
    starts[spec.key] = nil
    take(.started(spec.key, result))
  }

  func resume(_ record: ContainerRecord) async {
    let engine = engine
    let result = await startSlots.run {
      await retryingWhileAway { () async throws(EngineError) in
        try await engine.resume(record.id)
        return try await engine.inspect(record.key)
      }
    }
    starts[record.key] = nil
    take(.started(record.key, result))
  }

  /// An engine that restarts is no reason to use up an attempt.
  private func retryingWhileAway(
    _ body: () async throws(EngineError) -> ContainerRecord
  ) async -> Result<ContainerRecord, EngineError> {
    var backoff = Backoff(first: .milliseconds(100), most: .seconds(5))
    var waited = Duration.zero
    while true {
      let problem: EngineError
      do throws(EngineError) {
        if Task.isCancelled { throw EngineError(.cancelled, "the start was given up") }
        return .success(try await body())
      } catch {
        problem = error
      }
      guard problem.code == .unreachable, waited < AgentLimits.engineAwayTime else {
        return .failure(problem)
      }
      // At least a little each time, so that an unlucky row of delays still comes to an end.
      let delay = max(backoff.next(), .milliseconds(50))
      waited += delay
      try? await clock.sleep(for: delay)
    }
  }

  /// Goes on until it is done: a container that is not stopped would hold its room for ever.
  func stop(_ key: ContainerKey, grace: Duration, removing: Bool) async {
    var backoff = Backoff(first: .milliseconds(200), most: .seconds(15))
    let engine = engine
    while !Task.isCancelled {
      let result: Result<ContainerExit?, EngineError> = await stopSlots.run {
        do throws(EngineError) {
          let exit = try await engine.stop(key, grace: grace)
          if removing { try await engine.remove(key) }
          return .success(exit)
        } catch {
          return .failure(error)
        }
      }
      switch result {
      case .success(let exit):
        take(.stopped(key, exit))
        return
      case .failure(let error):
        if Task.isCancelled { return }
        logger.warning(
          "stopping a container failed, and is tried again",
          metadata: ["container": "\(key)", "error": "\(error)"])
        try? await clock.sleep(for: max(backoff.next(), .milliseconds(50)))
      }
    }
  }

  func inspect(_ key: ContainerKey) async {
    let engine = engine
    let result: Result<ContainerRecord?, EngineError> = await inspectionSlots.run {
      do throws(EngineError) { return .success(try await engine.inspect(key)) } catch {
        return error.code == .notFound ? .success(nil) : .failure(error)
      }
    }
    // Where the engine did not answer, the next comparison looks again.
    if case .success(let record) = result { take(.inspected(key, record)) }
  }

  func forwardLogs(_ order: LogOrder, to outbox: Outbox?) async {
    var error = ""
    if let outbox {
      do throws(EngineError) {
        var chunks = try await engine.logs(order.key, order.query).makeAsyncIterator()
        while let chunk = try await chunks.next() {
          guard await outbox.send(order.message(chunk)) else { break }
        }
      } catch let problem {
        error = problem.message
      }
    }
    logWorks[order.requestID] = nil
    if !Task.isCancelled {
      outbox?.end(
        .init(
          requestID: order.requestID, end: true, error: error, attempt: order.key.attempt))
    }
    take(.logsEnded(requestID: order.requestID))
  }
}

extension LogOrder {
  fileprivate func message(_ chunk: LogChunk) -> AgentMessage.LogChunk {
    AgentMessage.LogChunk(
      requestID: requestID, stream: chunk.stream == .standardOutput ? .stdout : .stderr,
      data: chunk.bytes, attempt: key.attempt)
  }
}
