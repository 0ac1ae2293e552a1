internal import Domain
internal import Messages
internal import Wire

extension AgentHello {
  init(_ hello: AgentMessage.Hello) throws(DomainError) {
    var containers: [AgentContainer] = []
    for (index, report) in hello.containers.enumerated() {
      containers.append(try AgentContainer(report, "hello.containers[\(index)]"))
    }
    self.init(
      version: hello.agentVersion, engine: "\(hello.engine) \(hello.engineVersion)",
      containers: containers)
  }
}

extension AgentContainer {
  /// Throws `.invalid` naming the field under `path`.
  init(_ report: ContainerReport, _ path: String) throws(DomainError) {
    guard let deployment = DeploymentID(report.deploymentID) else {
      throw .invalid([Violation("\(path).deployment_id", "is not an identifier")])
    }
    guard report.attempt > 0 else {
      throw .invalid([Violation("\(path).attempt", "must be above 0")])
    }
    let state: State
    switch report.state {
    case .starting: state = .starting
    case .running: state = .running
    case .completed: state = .completed
    case .failed: state = .failed
    case .unspecified, .queued, .scheduled, .cancelled, .unrecognized:
      throw .invalid([
        Violation("\(path).state", "must be STARTING, RUNNING, COMPLETED or FAILED")
      ])
    }
    self.init(
      deployment: deployment, attempt: Int(report.attempt), state: state, reason: report.reason,
      message: report.message, exitCode: report.exitCode.map(Int.init),
      isRetryable: report.retryable)
  }
}

extension AgentLogChunk {
  /// Nil for a request that no one of ours can have named so.
  init?(_ chunk: AgentMessage.LogChunk) {
    guard let request = LogRequestID(chunk.requestID) else { return nil }
    self.init(
      request: request,
      chunk: ContainerLogChunk(
        source: chunk.stream == .stderr ? .stderr : .stdout, data: chunk.data,
        attempt: Int(chunk.attempt)),
      isEnd: chunk.end, error: chunk.error)
  }
}

extension AgentCommand {
  init(_ order: AgentOrder) {
    switch order {
    case .start(let deployment):
      self.init(
        command: .start(
          Start(
            deploymentID: deployment.id.description, attempt: Int32(clamping: deployment.attempt),
            image: deployment.image, command: deployment.command,
            env: deployment.environment.merging(deployment.gangEnvironment) { _, ours in ours },
            resources: Messages.Resources(deployment.request),
            gpuDevices: deployment.gpuDevices.map { Int32(clamping: $0) },
            name: deployment.name,
            traceparent: deployment.traceparent.flatMap {
              PlacementSpan.context(
                of: deployment.id, attempt: deployment.attempt, traceparent: $0)?.traceparent
            } ?? "")))
    case .stop(let deployment, let attempt, let grace):
      self.init(
        command: .stop(
          Stop(
            deploymentID: deployment.description, attempt: Int32(clamping: attempt),
            grace: ProtobufDuration(grace))))
    case .streamLogs(let request, let deployment, let attempt, let follow, let tail):
      self.init(
        command: .streamLogs(
          StreamLogs(
            requestID: request.description, deploymentID: deployment.description,
            attempt: Int32(clamping: attempt), follow: follow, tailLines: Int32(clamping: tail))))
    case .stopLogs(let request):
      self.init(command: .stopLogs(StopLogs(requestID: request.description)))
    }
  }
}
