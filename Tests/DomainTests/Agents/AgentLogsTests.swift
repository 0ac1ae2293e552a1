import Domain
import Synchronization
import Testing

@Suite struct AgentLogsTests {
  private let stage = AgentStage()

  private func open(_ deployment: Deployment) async -> Result<ContainerLogs, AgentLogsError> {
    let sessions = stage.sessions
    return await stage.stage.call { () async -> Result<ContainerLogs, AgentLogsError> in
      do throws(AgentLogsError) {
        return .success(try await sessions.logs(of: deployment, follow: true, tail: 7))
      } catch {
        return .failure(error)
      }
    }
  }

  /// The request of the order that an open made.
  private func requestOrdered(_ agent: StagedAgent) -> LogRequestID? {
    for case .streamLogs(let request, _, _, _, _) in agent.takeOrders() { return request }
    return nil
  }

  private func send(
    _ agent: StagedAgent, _ request: LogRequestID, _ bytes: Int = 0, isEnd: Bool = false,
    error: String = ""
  ) {
    stage.stage.spawn {
      await agent.session.log(
        AgentLogChunk(
          request: request,
          chunk: ContainerLogChunk(
            source: .stdout, data: Array(repeating: 46, count: bytes), attempt: 1),
          isEnd: isEnd, error: error))
    }
    stage.stage.settle()
  }

  /// Reads to the end: how many bytes, and how it ended.
  private func readAll(_ logs: ContainerLogs) async -> (bytes: Int, error: DomainError?) {
    await stage.stage.call { () async -> (Int, DomainError?) in
      var iterator = logs.makeAsyncIterator()
      var bytes = 0
      do throws(DomainError) {
        while let chunk = try await iterator.next() { bytes += chunk.data.count }
        return (bytes, nil)
      } catch {
        return (bytes, error)
      }
    }
  }

  @Test func `what the agent sends reaches the reader, to the end`() async throws {
    let agent = try await stage.attach()
    let deployment = stage.place()
    _ = agent.takeOrders()
    let logs = try await open(deployment).get()
    let orders = agent.takeOrders()
    guard case .streamLogs(let request, deployment.id, 1, true, 7) = orders.first else {
      Issue.record("no order for logs in \(orders)")
      return
    }
    send(agent, request, 10)
    send(agent, request, 20)
    send(agent, request, isEnd: true)
    #expect(await readAll(logs) == (30, nil))
    // It ended by itself: nothing to stop.
    #expect(agent.takeOrders() == [])
  }

  @Test func `an end with an error is one for the reader`() async throws {
    let agent = try await stage.attach()
    let logs = try await open(stage.place()).get()
    let request = try #require(requestOrdered(agent))
    send(agent, request, 5, isEnd: true, error: "the container is gone")
    #expect(await readAll(logs) == (5, .failedPrecondition("the container is gone")))
  }

  @Test func `a slow reader holds the agent up, and is given up before it silences it`()
    async throws
  {
    let agent = try await stage.attach()
    let logs = try await open(stage.place()).get()
    let request = try #require(requestOrdered(agent))
    let sent = Mutex(0)
    let chunk = 65_536
    let writer = stage.stage.executor.spawn {
      for _ in 0..<40 {
        await agent.session.log(
          AgentLogChunk(
            request: request,
            chunk: ContainerLogChunk(
              source: .stdout, data: Array(repeating: 46, count: chunk), attempt: 1)))
        sent.withLock { $0 += 1 }
      }
    }
    stage.stage.settle()
    #expect(sent.withLock { $0 } == AgentLimits.logBytes / chunk, "bounded")
    stage.stage.pass(.seconds(1))
    #expect(agent.takeOrders() == [])
    stage.stage.pass(.seconds(2))
    #expect(sent.withLock { $0 } == 40, "the agent is free again")
    #expect(agent.takeOrders() == [.stopLogs(request)])
    let (bytes, error) = await readAll(logs)
    #expect(bytes == AgentLimits.logBytes)
    guard case .resourceExhausted = error else {
      Issue.record("expected resourceExhausted, got \(String(describing: error))")
      return
    }
    await writer.value
  }

  @Test func `a reader that keeps reading gets everything, however much`() async throws {
    let agent = try await stage.attach()
    let logs = try await open(stage.place()).get()
    let request = try #require(requestOrdered(agent))
    let reader = Task(executorPreference: stage.stage.executor) { () async -> Int in
      var iterator = logs.makeAsyncIterator()
      var bytes = 0
      while let chunk = try? await iterator.next() { bytes += chunk.data.count }
      return bytes
    }
    stage.stage.spawn {
      for index in 0..<100 {
        await agent.session.log(
          AgentLogChunk(
            request: request,
            chunk: ContainerLogChunk(
              source: .stderr, data: Array(repeating: 46, count: 65_536), attempt: 1),
            isEnd: index == 99))
      }
    }
    stage.stage.settle()
    #expect(await reader.value == 100 * 65_536)
  }

  @Test func `dropping the logs tells the agent to stop`() async throws {
    let agent = try await stage.attach()
    var logs: ContainerLogs? = try await open(stage.place()).get()
    let request = try #require(requestOrdered(agent))
    send(agent, request, 1)
    _ = logs
    logs = nil
    stage.stage.settle()
    #expect(agent.takeOrders() == [.stopLogs(request)])
    // What was on its way is dropped.
    send(agent, request, 1)
    #expect(!agent.isOver)
  }

  @Test func `when the agent goes its readers are told`() async throws {
    let agent = try await stage.attach()
    let logs = try await open(stage.place()).get()
    let request = try #require(requestOrdered(agent))
    send(agent, request, 3)
    await stage.stage.call { await agent.session.detach() }
    #expect(await readAll(logs) == (3, .unavailable("the agent went away", after: .seconds(1))))
  }

  @Test func `without an agent there are no logs; elsewhere is said where`() async throws {
    let deployment = stage.place()
    guard case .failure(.failed(.failedPrecondition)) = await open(deployment) else {
      Issue.record("expected failedPrecondition")
      return
    }
    let other = AgentLocation(replica: ReplicaID(2), address: "two:7400")
    stage.world.with {
      $0.agents[stage.cluster.id] = .init(session: 9, location: other, seenAt: .start)
    }
    guard case .failure(.elsewhere(other)) = await open(deployment) else {
      Issue.record("expected the other replica")
      return
    }
    guard
      case .failure(.failed(.failedPrecondition)) = await open(stage.stage.fixtures.deployment())
    else {
      Issue.record("never placed: expected failedPrecondition")
      return
    }
  }

  @Test func `readers of one agent are bounded`() async throws {
    let agent = try await stage.attach()
    let deployment = stage.place()
    var kept: [ContainerLogs] = []
    for _ in 0..<AgentLimits.logReaders { kept.append(try await open(deployment).get()) }
    guard case .failure(.failed(.resourceExhausted)) = await open(deployment) else {
      Issue.record("expected resourceExhausted")
      return
    }
    kept.removeLast()
    stage.stage.settle()
    _ = try await open(deployment).get()
    #expect(!agent.isOver)
  }
}
