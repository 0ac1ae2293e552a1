import Foundation
import Messages
import RPCClient
import RPCServer
import TestSupport
import Testing
@_spi(Frames) import Wire

/// The code of docs/client.md, word for word.
@Suite(.timeLimit(.minutes(1))) struct ClientGuideTests {
  struct Timing: ClientInterceptor {
    let record: @Sendable (String, Duration) -> Void

    func begin(_ call: inout ClientCallContext) async throws(RPCStatus) {
      call.metadata.append("\(call.attempt)", for: "x-attempt")
    }

    func end(_ call: ClientCallContext, _ outcome: ClientCallOutcome) {
      if outcome.isFinal { record(call.method.path, outcome.duration) }
    }
  }

  private func connectAndCreate(apiKey: String, organization: String) async throws {
    let channel = try await Channel.connect(
      to: "berth://one:7443,two:7443",
      options: ChannelOptions(trust: .certificateAuthority(path: "ca.pem"), token: apiKey))
    let deployments = DeploymentServiceClient(channel)
    let created = try await deployments.createDeployment(
      .init(organizationID: organization, image: "registry/llm:7"),
      options: .init(deadline: .seconds(2)))
    print(created)
  }

  private func options() -> ChannelOptions {
    var options = ChannelOptions(trust: .certificateAuthority(path: "ca.pem"))
    options.balancing = .leastOutstanding
    options.connections = 8
    options.waitForReady = true
    options.retryPolicy = RetryPolicy(
      attempts: 5, codes: [.unavailable, .resourceExhausted], initialBackoff: .milliseconds(20),
      maximumBackoff: .seconds(1), multiplier: 2)
    options.interceptors = [
      LoggingInterceptor(.failures) { line in print(line) },
      MetadataInterceptor(["x-client": "reports/7"]),
      Timing { method, duration in print(method, duration) },
    ]
    return options
  }

  private func watchStates(_ channel: Channel) async {
    for await state in channel.states {
      if case .transientFailure(let reason) = state { print("away: \(reason)") }
    }
  }

  private func watch(_ channel: Channel, organization: String) async throws {
    let deployments = DeploymentServiceClient(channel)
    for try await update in deployments.watchDeployments(.init(organizationID: organization)) {
      if update.deployment?.state == .running { break }
    }
  }

  private func get(_ channel: Channel, id: String) async throws -> GetDeploymentResponse {
    let deployments = DeploymentServiceClient(channel)
    var hedged = CallOptions(deadline: .seconds(1))
    hedged.hedgingPolicy = HedgingPolicy(attempts: 2, delay: .milliseconds(20))
    let deployment = try await deployments.getDeployment(.init(id: id), options: hedged)
    return deployment
  }

  private func credentials(otherKey: String) -> [CallOptions] {
    let other = CallOptions(token: otherKey)
    var anonymous = CallOptions()
    anonymous.credentials = .none
    return [other, anonymous]
  }

  @Test func `the guide's calls work: its stubs, its options, its interceptors`() async throws {
    let ended = Counter()
    try await RPCFixture.with { setup in
      setup.options = options()
      setup.options.trust = .system
      setup.router.unary(DeploymentServiceMethods.createDeployment) {
        (request: CreateDeploymentRequest, context: CallContext) async throws(RPCStatus)
          -> CreateDeploymentResponse in
        let left = context.remaining ?? .zero
        guard left > .zero, left <= .seconds(2), context.bearer == nil else {
          throw RPCStatus(.internal, "the deadline of the call did not arrive")
        }
        return CreateDeploymentResponse(deployment: Deployment(image: request.image))
      }
      setup.router.unary(DeploymentServiceMethods.getDeployment) {
        (request: GetDeploymentRequest, context: CallContext) async throws(RPCStatus)
          -> GetDeploymentResponse in
        GetDeploymentResponse(
          deployment: Deployment(
            id: request.id, name: "\(context.metadata["x-client"] ?? "")",
            image: context.bearer ?? "nobody"))
      }
      setup.router.serverStreaming(DeploymentServiceMethods.watchDeployments) {
        (
          _: WatchDeploymentsRequest, responses: ResponseWriter<WatchDeploymentsResponse>,
          _: CallContext
        ) async throws(RPCStatus) in
        defer { ended.increment() }
        while true {
          let running = Deployment(state: .running)
          try await responses.write(WatchDeploymentsResponse(deployment: running))
        }
      }
    } _: { fixture async throws in
      let deployments = DeploymentServiceClient(fixture.channel)
      let created = try await deployments.createDeployment(
        .init(organizationID: "o", image: "registry/llm:7"),
        options: .init(deadline: .seconds(2)))
      #expect(created.deployment?.image == "registry/llm:7")
      let found = try await get(fixture.channel, id: "7")
      #expect(found.deployment?.id == "7")
      #expect(found.deployment?.name == "reports/7")
      try await watch(fixture.channel, organization: "o")
      try await eventually("the handler is cancelled when the loop is left") { ended.value == 1 }
      for (options, name) in zip(credentials(otherKey: "key"), ["key", "nobody"]) {
        let answer = try await deployments.getDeployment(.init(id: "7"), options: options)
        #expect(answer.deployment?.image == name)
      }
    }
  }

  @Test func `every piece of code on the page stands here`() throws {
    let here = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
    var checkout = here
    for _ in 0..<4 { checkout.deleteLastPathComponent() }
    let page = try String(
      contentsOf: checkout.appendingPathComponent("docs/client.md"), encoding: .utf8)
    let source = lines(try String(contentsOf: here, encoding: .utf8))
    let blocks = page.components(separatedBy: "```").enumerated().compactMap {
      $0.offset % 2 == 1 ? lines(String($0.element.dropFirst("swift".count))) : nil
    }
    #expect(blocks.count >= 8)
    for block in blocks {
      let isThere = source.indices.contains { source[$0...].starts(with: block) }
      #expect(isThere, "not compiled: \(block.joined(separator: "\n"))")
    }
  }

  private func lines(_ text: String) -> [String] {
    text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }
  }
}
