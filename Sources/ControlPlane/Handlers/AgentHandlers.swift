package import Domain
package import Messages
package import RPCServer
package import Wire

/// `berth.v1.AgentService`: an agent's stream as a session of the domain.
package struct AgentHandlers: AgentServiceHandler {
  /// What agents are told about time.
  package struct Timing: Sendable {
    package var heartbeatInterval: Duration
    package var lostAfter: Duration

    package init(heartbeatInterval: Duration, lostAfter: Duration) {
      self.heartbeatInterval = heartbeatInterval
      self.lostAfter = lostAfter
    }
  }

  private let sessions: AgentSessions
  private let access: Access
  private let random: any SecureRandom
  private let timing: Timing

  package init(
    _ sessions: AgentSessions, access: Access, random: any SecureRandom, timing: Timing
  ) {
    self.sessions = sessions
    self.access = access
    self.random = random
    self.timing = timing
  }

  package func attach(
    _ requests: RequestStream<AgentMessage>, responses: ResponseWriter<AgentCommand>,
    context: CallContext
  ) async throws(RPCStatus) {
    let (cluster, name) = try await context.granted { grant async throws(DomainError) in
      (try grant.agentCluster(), grant.principal?.name ?? "")
    }
    guard case .hello(let hello) = try await requests.next()?.message else {
      throw RPCStatus(.failedPrecondition, "an agent's first message is hello")
    }
    let session = try await context.mapping { () async throws(DomainError) in
      try await sessions.attach(
        cluster: cluster, session: Nonce(random.next()), hello: try AgentHello(hello))
    }
    let outcome = await serve(session, requests, responses, context, welcome(cluster, name))
    await session.detach()
    try outcome.get()
  }

  private func welcome(_ cluster: ClusterID, _ name: String) -> AgentCommand {
    AgentCommand(
      command: .welcome(
        AgentCommand.Welcome(
          clusterID: cluster.description, clusterName: name,
          heartbeatInterval: ProtobufDuration(timing.heartbeatInterval),
          lostAfter: ProtobufDuration(timing.lostAfter))))
  }

  /// Until either direction ends or the server drains, so that its agents go to another replica at
  /// once.
  private func serve(
    _ session: AgentSession, _ requests: RequestStream<AgentMessage>,
    _ responses: ResponseWriter<AgentCommand>, _ context: CallContext, _ welcome: AgentCommand
  ) async -> Result<Void, RPCStatus> {
    let (draining, drain) = AsyncStream<Void>.makeStream()
    context.onDrain { drain.finish() }
    return await withTaskGroup(of: Result<Void, RPCStatus>.self) { group in
      group.addTask {
        for await _ in draining {}
        return .success(())
      }
      group.addTask {
        do throws(RPCStatus) {
          try await responses.write(welcome)
          return .success(try await send(session.orders, responses, context))
        } catch {
          return .failure(error)
        }
      }
      group.addTask {
        do throws(RPCStatus) {
          return .success(try await receive(requests, session, context))
        } catch {
          return .failure(error)
        }
      }
      let first = await group.next() ?? .success(())
      await session.detach()
      group.cancelAll()
      return first
    }
  }

  private func send(
    _ orders: AgentOrders, _ responses: ResponseWriter<AgentCommand>, _ context: CallContext
  ) async throws(RPCStatus) {
    var iterator = orders.makeAsyncIterator()
    while true {
      let order = try await context.mapping { () async throws(DomainError) in
        try await iterator.next()
      }
      guard let order else { return }
      // Orders carry the environment of deployments: none goes to a token that was revoked.
      _ = try await context.renewedGrant(access)
      try await responses.write(AgentCommand(order))
    }
  }

  private func receive(
    _ requests: RequestStream<AgentMessage>, _ session: AgentSession, _ context: CallContext
  ) async throws(RPCStatus) {
    while let request = try await requests.next() {
      // Whatever it says, and not only heartbeats: a token that was revoked ends the stream with
      // the agent's next message, and an agent that says nothing is lost.
      _ = try await context.renewedGrant(access)
      session.heard()
      switch request.message {
      case .heartbeat: continue
      case .report(let report):
        try await context.mapping { () async throws(DomainError) in
          try await session.report(try AgentContainer(report, "report"))
        }
      case .log(let chunk):
        guard let chunk = AgentLogChunk(chunk) else { continue }
        await session.log(chunk)
      case .hello:
        throw RPCStatus(.failedPrecondition, "hello is an agent's first message only")
      case nil:
        // A kind of message that this version does not know.
        continue
      }
    }
  }
}
