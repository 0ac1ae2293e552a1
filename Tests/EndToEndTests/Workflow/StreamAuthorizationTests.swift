import Messages
import RPCClient
import TestSupport
import Testing
import Wire

extension EndToEnd.OnOneStack {
  /// What a caller may is asked again while its streams go on.
  @Suite(.serialized, .timeLimit(.minutes(2))) struct StreamAuthorizationTests {
    let shared: SharedStack
    var stack: Stack { shared.stack }

    init() throws { shared = try SharedStack.current() }

    @Test func `logs end with the reader's key, an attachment with the agent's token`()
      async throws
    {
      let tenant = try await shared.superAdmin.createOrganization()
      let cluster = try await shared.superAdmin.createCluster(in: tenant.id)
      let token = try await shared.superAdmin.clusters.createAgentToken(
        CreateAgentTokenRequest(clusterID: cluster.id)
      ).token
      let agent = try await stack.connect(token: token).agents.attach()
      try await agent.send(AgentMessage(message: .hello(.init(engine: "simulated"))))
      var orders = agent.responses.makeAsyncIterator()
      let deployment = try await shared.superAdmin.deploy(to: cluster.id)
      try await take(&orders) { if case .start = $0 { true } else { nil } }
      try await agent.send(report(of: deployment))
      try await shared.superAdmin.wait(for: .running, of: deployment.id)

      let (viewer, account) = try await tenant.serviceCaller("viewer", on: stack)
      var logs = viewer.deployments.logs(
        LogsRequest(deploymentID: deployment.id, follow: true)
      ).makeAsyncIterator()
      let request = try await take(&orders) { command in
        if case .streamLogs(let order) = command { order.requestID } else { nil }
      }
      try await agent.send(chunk("before", of: request))
      #expect(try await logs.next()?.data == Array("before".utf8))

      _ = try await shared.superAdmin.serviceAccounts.revokeServiceAccount(
        RevokeServiceAccountRequest(id: account))
      try await agent.send(chunk("after", of: request))
      await expectRefusal(.unauthenticated, "the reader's key was revoked") {
        () async throws(RPCStatus) in try await logs.next()
      }

      _ = try await shared.superAdmin.clusters.revokeAgentTokens(
        RevokeAgentTokensRequest(clusterID: cluster.id))
      // Not a heartbeat: whatever it says, it says it to nobody.
      try await agent.send(report(of: deployment))
      await expectRefusal(.unauthenticated, "the agent's token was revoked") {
        () async throws(RPCStatus) in
        while try await orders.next() != nil {}
      }
    }

    private func report(of deployment: Deployment) -> AgentMessage {
      AgentMessage(
        message: .report(
          ContainerReport(deploymentID: deployment.id, attempt: 1, state: .running)))
    }

    private func chunk(_ text: String, of request: String) -> AgentMessage {
      AgentMessage(
        message: .log(
          .init(requestID: request, stream: .stdout, data: Array(text.utf8), attempt: 1)))
    }

    /// The first order that `pick` wants.
    @discardableResult
    private func take<Value>(
      _ orders: inout ResponseStream<AgentCommand>.Iterator,
      _ pick: (AgentCommand.Command) -> Value?
    ) async throws -> Value {
      while let command = try await orders.next()?.command {
        if let value = pick(command) { return value }
      }
      throw RPCStatus(.notFound, "the orders ended")
    }
  }
}
