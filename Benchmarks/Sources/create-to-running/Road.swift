import RPCClient

/// Deployments one after another, each from its create to its RUNNING event.
struct Road {
  struct Times {
    /// From the call of CreateDeployment to its answer.
    let create: Duration
    /// From that answer to the RUNNING event; nothing where the event was there before it.
    let running: Duration
  }

  /// Longer than this one deployment does not take on a system that works.
  private static let patience = Duration.seconds(30)

  let deployments: DeploymentServiceClient
  let cluster: String

  func measure(count: Int, warmUp: Int) async throws -> [Times] {
    let watch = deployments.watchDeployments(
      WatchDeploymentsRequest(),
      options: CallOptions(deadline: Self.patience * (count + warmUp)))
    var events = watch.makeAsyncIterator()
    var times: [Times] = []
    for index in 0..<(warmUp + count) {
      let one = try await runOnce(&events)
      if index >= warmUp { times.append(one) }
    }
    return times
  }

  private func runOnce(
    _ events: inout ResponseStream<WatchDeploymentsResponse>.Iterator
  ) async throws -> Times {
    let begin = ContinuousClock.now
    let answer = try await deployments.createDeployment(
      CreateDeploymentRequest(
        clusterID: cluster, image: "example.com/benchmark:1",
        resources: Resources(cpuMillis: 100, memoryBytes: 1 << 20)))
    let answered = ContinuousClock.now
    guard let id = answer.deployment?.id else { throw Failure("an answer without a deployment") }
    try await wait(for: .running, of: id, &events)
    let running = ContinuousClock.now
    // The next one finds the system idle again.
    _ = try await deployments.cancelDeployment(CancelDeploymentRequest(id: id))
    try await wait(for: .cancelled, of: id, &events)
    return Times(create: answered - begin, running: running - answered)
  }

  private func wait(
    for state: DeploymentState, of id: String,
    _ events: inout ResponseStream<WatchDeploymentsResponse>.Iterator
  ) async throws {
    while let change = try await events.next() {
      guard let event = change.event, event.deploymentID == id else { continue }
      if event.state == state { return }
      guard event.state != .failed, event.state != .completed else {
        throw Failure("\(id) ended: \(event.reason)")
      }
    }
    throw Failure("the watch ended before \(id) was \(state)")
  }
}

/// Why there is nothing to report.
struct Failure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
