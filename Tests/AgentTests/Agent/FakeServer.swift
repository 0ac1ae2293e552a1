import ContainerEngine
import Messages
import Synchronization

@testable import Agent

/// The server's side of attachments, in memory. A test says what it orders.
final class FakeServer: AgentConnector {
  private struct State {
    var links: [FakeLink] = []
    var refusal: AgentLinkError?
    var cluster = "c1"
    var heartbeat: ProtobufDuration? = ProtobufDuration(seconds: 5)
  }

  private let state = Mutex(State())

  /// Every attachment ever made, oldest first.
  var links: [FakeLink] { state.withLock { $0.links } }
  var last: FakeLink? { links.last }

  func refuse(_ error: AgentLinkError?) { state.withLock { $0.refusal = error } }
  func serve(cluster: String) { state.withLock { $0.cluster = cluster } }

  func connect() async throws(AgentLinkError) -> any AgentLink {
    let (link, refusal) = state.withLock { state in
      let welcome = AgentCommand.Welcome(
        clusterID: state.cluster, clusterName: "name", heartbeatInterval: state.heartbeat)
      let link = FakeLink(welcome: welcome)
      if state.refusal == nil { state.links.append(link) }
      return (link, state.refusal)
    }
    if let refusal { throw refusal }
    return link
  }
}

/// One attachment.
final class FakeLink: AgentLink {
  private struct State {
    var received: [AgentMessage.MessagePayload] = []
    var commands: [AgentCommand.Command] = []
    var isStalled = false
    var ending: AgentLinkError?
    var isClosed = false
    var isOver = false
  }

  private let state: Mutex<State>
  private let changes = ChangeSignal()
  private let welcome: AgentCommand.Welcome

  init(welcome: AgentCommand.Welcome) {
    self.welcome = welcome
    state = Mutex(State())
  }

  var received: [AgentMessage.MessagePayload] { state.withLock { $0.received } }
  var isClosed: Bool { state.withLock { $0.isClosed } }

  var hello: AgentMessage.Hello? {
    guard case .hello(let hello) = received.first else { return nil }
    return hello
  }

  var reports: [ContainerReport] {
    received.compactMap { if case .report(let report) = $0 { report } else { nil } }
  }

  var heartbeats: Int { received.filter { if case .heartbeat = $0 { true } else { false } }.count }

  func log(_ requestID: String) -> (text: String, isOver: Bool, error: String) {
    var text = ""
    var isOver = false
    var error = ""
    for case .log(let chunk) in received where chunk.requestID == requestID {
      text += String(decoding: chunk.data, as: UTF8.self)
      isOver = isOver || chunk.end
      error += chunk.error
    }
    return (text, isOver, error)
  }

  func order(_ command: AgentCommand.Command) {
    state.withLock { $0.commands.append(command) }
    changes.raise()
  }

  func start(
    _ deployment: String, attempt: Int32 = 1, command: [String] = [], env: [String: String] = [:]
  ) {
    order(
      .start(
        .init(
          deploymentID: deployment, attempt: attempt, image: "m", command: command, env: env)))
  }

  func stop(_ deployment: String, attempt: Int32 = 1) {
    order(.stop(.init(deploymentID: deployment, attempt: attempt)))
  }

  /// From now on nothing the agent sends is taken, until `resume`.
  func stall() { state.withLock { $0.isStalled = true } }

  func resume() {
    state.withLock { $0.isStalled = false }
    changes.raise()
  }

  /// The attachment breaks.
  func cut(_ kind: AgentLinkError.Kind = .unavailable) {
    state.withLock { $0.ending = AgentLinkError(kind, "cut by the test") }
    changes.raise()
  }

  func send(_ message: AgentMessage) async throws(AgentLinkError) {
    while true {
      let generation = changes.generation
      let outcome: Result<Bool, AgentLinkError> = state.withLock { state in
        if let ending = state.ending { return .failure(ending) }
        if state.isStalled { return .success(false) }
        guard let payload = message.message else { return .success(true) }
        if case .hello = payload { state.commands.insert(.welcome(welcome), at: 0) }
        state.received.append(payload)
        return .success(true)
      }
      if try outcome.get() { break }
      if Task.isCancelled { throw AgentLinkError(.unavailable, "cancelled") }
      await changes.wait(after: generation)
    }
    changes.raise()
  }

  func nextCommand() async throws(AgentLinkError) -> AgentCommand.Command? {
    while true {
      let generation = changes.generation
      let outcome: Result<AgentCommand.Command?, AgentLinkError> = state.withLock { state in
        if let ending = state.ending { return .failure(ending) }
        return .success(state.commands.isEmpty ? nil : state.commands.removeFirst())
      }
      if let command = try outcome.get() { return command }
      if Task.isCancelled { throw AgentLinkError(.unavailable, "cancelled") }
      await changes.wait(after: generation)
    }
  }

  func close() async { state.withLock { $0.isClosed = true } }
}
