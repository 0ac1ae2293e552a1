import ContainerEngine
import Logging
import Messages

/// Attaching to the server, again and again.
extension Agent {
  /// Returns when the task is cancelled.
  func stayAttached() async throws(AgentError) {
    var backoff = Backoff()
    while !Task.isCancelled {
      let began = ContinuousClock.now
      var delay = Duration.zero
      do throws(AgentLinkError) {
        try await waitForEngine()
        let isWhole = try await attachOnce()
        if Task.isCancelled { return }
        // The containers of a cluster that was not known before have to be told in a new hello.
        if isWhole { logger.info("the server ended the attachment") }
      } catch {
        if Task.isCancelled { return }
        if error.kind == .refused, !wasWelcome { throw AgentError.refused(error.message) }
        logger.warning("not attached", metadata: ["error": "\(error)"])
        delay = error.retryAfter ?? .zero
        if error.kind == .superseded { delay = max(delay, AgentLimits.supersededDelay) }
      }
      if ContinuousClock.now - began > AgentLimits.stableAttachment { backoff.reset() }
      try? await clock.sleep(for: delay + backoff.next())
    }
  }

  /// A hello tells every container, so the engine has to have told them first.
  private func waitForEngine() async throws(AgentLinkError) {
    while !state.cluster.isEmpty, !state.hasSnapshot, !Task.isCancelled {
      let generation = stateChanges.generation
      if state.hasSnapshot { return }
      await stateChanges.wait(after: generation)
    }
  }

  /// One attachment, from hello to its end. False when it has to be made anew at once.
  private func attachOnce() async throws(AgentLinkError) -> Bool {
    let version = try await currentVersion()
    let link = try await connector.connect()
    let outbox = Outbox()
    let result: Result<Bool, AgentLinkError>
    do throws(AgentLinkError) {
      // From here on whatever changes is queued behind the hello.
      self.outbox = outbox
      try await link.send(AgentMessage(message: .hello(hello(version))))
      let welcome = try await welcome(on: link)
      if try await isComplete(after: welcome) {
        try await converse(on: link, outbox, heartbeat: heartbeatInterval(of: welcome))
        result = .success(true)
      } else {
        result = .success(false)
      }
    } catch {
      result = .failure(error)
    }
    outbox.close()
    self.outbox = nil
    take(.detached)
    await link.close()
    return try result.get()
  }

  /// The engine's version; the last known one while the engine is away, since the server need not
  /// miss the agent for that.
  private func currentVersion() async throws(AgentLinkError) -> EngineVersion {
    do throws(EngineError) {
      let version = try await engine.version()
      engineVersion = version
      return version
    } catch {
      guard let engineVersion else { throw AgentLinkError(.unavailable, error.message) }
      return engineVersion
    }
  }

  private func hello(_ version: EngineVersion) -> AgentMessage.Hello {
    AgentMessage.Hello(
      agentVersion: options.version, engine: version.kind.rawValue,
      engineVersion: version.version, instanceID: options.instanceID,
      containers: state.reports)
  }

  private func welcome(
    on link: any AgentLink
  ) async throws(AgentLinkError) -> AgentCommand.Welcome {
    let first = try await within(AgentLimits.welcomeTime) { () async throws(AgentLinkError) in
      try await link.nextCommand()
    }
    guard case .welcome(let welcome) = first, !welcome.clusterID.isEmpty else {
      throw AgentLinkError(.unavailable, "the server ended the attachment without a welcome")
    }
    wasWelcome = true
    logger.info(
      "attached",
      metadata: ["cluster": "\(welcome.clusterName)", "clusterID": "\(welcome.clusterID)"])
    return welcome
  }

  /// Whether the hello told all there was to tell of the cluster that the server named.
  private func isComplete(
    after welcome: AgentCommand.Welcome
  ) async throws(AgentLinkError) -> Bool {
    guard welcome.clusterID != state.cluster else { return true }
    let hadAnother = !state.cluster.isEmpty
    do throws(AgentError) { try await serve(cluster: welcome.clusterID) } catch {
      throw AgentLinkError(.unavailable, error.description)
    }
    if hadAnother { return false }
    try await waitForEngine()
    return state.count == 0
  }

  private func heartbeatInterval(of welcome: AgentCommand.Welcome) -> Duration {
    guard let interval = welcome.heartbeatInterval else { return AgentLimits.heartbeatInterval }
    let range = AgentLimits.heartbeatRange
    return min(max(Duration(interval), range.lowerBound), range.upperBound)
  }

  /// Sends, beats and obeys until one of them ends.
  private func converse(
    on link: any AgentLink, _ outbox: Outbox, heartbeat: Duration
  ) async throws(AgentLinkError) {
    let clock = clock
    let result = await withTaskGroup(of: Result<Void, AgentLinkError>.self) { group in
      group.addTask {
        do throws(AgentLinkError) {
          while let batch = await outbox.next() {
            for message in batch { try await link.send(message) }
          }
          return .success(())
        } catch {
          return .failure(error)
        }
      }
      group.addTask {
        while (try? await clock.sleep(for: heartbeat)) != nil { outbox.beat() }
        return .success(())
      }
      group.addTask {
        do throws(AgentLinkError) {
          while let command = try await link.nextCommand() { await self.take(.order(command)) }
          return .success(())
        } catch {
          return .failure(error)
        }
      }
      let first = await group.next() ?? .success(())
      group.cancelAll()
      outbox.close()
      return first
    }
    try result.get()
  }

  private func within<Value: Sendable>(
    _ time: Duration, _ body: @escaping @Sendable () async throws(AgentLinkError) -> Value
  ) async throws(AgentLinkError) -> Value {
    let clock = clock
    let result = await withTaskGroup(of: Result<Value, AgentLinkError>.self) { group in
      group.addTask {
        do throws(AgentLinkError) { return .success(try await body()) } catch {
          return .failure(error)
        }
      }
      group.addTask {
        try? await clock.sleep(for: time)
        return .failure(AgentLinkError(.unavailable, "the server did not answer in time"))
      }
      defer { group.cancelAll() }
      guard let first = await group.next() else { preconditionFailure("the group has two tasks") }
      return first
    }
    return try result.get()
  }
}
