import ArgumentParser
import RPCClient

/// `berth deployments`
struct Deployments: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List deployments, newest first.")
  @OptionGroup var common: CommonOptions
  @Option(name: .long, help: "Only this organization's.") var org: String?
  @Option(help: "Only in this state; may be repeated.") var state: [String] = []
  @Option(help: "Only of this cluster, by name or id.") var cluster: String?
  @Option(help: "Only of this priority.") var priority: Int32?
  @Option(help: "Only of this gang, by its id.") var gang: String?
  @Option(help: "At most so many.") var limit: Int = 50

  func validate() throws {
    guard limit > 0 else { throw ValidationError("--limit must be 1 or more.") }
  }

  func run() async throws {
    let states = try state.map { text throws in
      guard let state = DeploymentState(shortName: text) else {
        throw ValidationError("--state: there is no state \(text).")
      }
      return state
    }
    let session = try await Session.open(common)
    let all = try await session.deployments(
      ListDeploymentsRequest(
        organizationID: org == nil ? "" : try await session.organization(org), states: states,
        clusterID: cluster == nil ? "" : try await session.cluster(cluster!), priority: priority,
        gangID: gang ?? ""),
      limit: limit)
    guard common.output == .table else {
      return common.printJSON(ListDeploymentsResponse(deployments: all))
    }
    Deployments.printTable(all)
  }

  static func printTable(_ deployments: [Deployment]) {
    var table = Table("ID", "STATE", "PRIORITY", "ATTEMPT", "IMAGE", "RESOURCES", "AGE", "REASON")
    for one in deployments {
      table.add(
        one.id, one.state.colouredName, "\(one.priority)", "\(one.attempt)/\(one.maxAttempts)",
        one.image, Amounts.resources(one.resources), Amounts.age(one.createdAt),
        one.reason.printable)
    }
    table.print()
  }
}

/// `berth get`
struct Get: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Show one deployment.")
  @OptionGroup var common: CommonOptions
  @Argument(help: "Its id.") var id: String

  func run() async throws {
    let session = try await Session.open(common)
    let answer = try await DeploymentServiceClient(session.channel).getDeployment(
      GetDeploymentRequest(id: id), options: session.call)
    guard common.output == .table, let deployment = answer.deployment else {
      return common.printJSON(answer)
    }
    for (name, value) in Self.lines(deployment) where !value.isEmpty {
      Terminal.print(Terminal.coloured(name.padded(to: 12), .grey) + value)
    }
  }

  private static func lines(_ one: Deployment) -> [(String, String)] {
    [
      ("id", one.id), ("name", one.name), ("state", one.state.colouredName),
      ("reason", one.reason.printable), ("image", one.image),
      ("command", one.command.joined(separator: " ").printable),
      (
        "env",
        one.env.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
          .joined(separator: " ").printable
      ),
      ("resources", Amounts.resources(one.resources)),
      ("gpu models", one.gpuModels.joined(separator: ", ")),
      ("gpu devices", one.gpuDevices.map(String.init).joined(separator: ", ")),
      ("priority", "\(one.priority)"),
      ("class", one.priorityClass + (one.preempts ? ", preempts" : "")),
      ("attempt", "\(one.attempt) of \(one.maxAttempts)"),
      (
        "gang",
        one.gangID.isEmpty
          ? "" : "replica \(one.gangIndex), from 0, of \(one.gangSize) in \(one.gangID)"
      ),
      ("cluster", one.clusterID.isEmpty ? "any" : one.clusterID),
      ("placed on", one.placedClusterID), ("exit code", one.exitCode.map(String.init) ?? ""),
      ("created", one.createdAt?.description ?? ""), ("by", one.createdBy),
      ("scheduled", one.scheduledAt?.description ?? ""),
      ("started", one.startedAt?.description ?? ""), ("ended", one.endedAt?.description ?? ""),
      ("queue ttl", one.queueTimeToLive.map { Amounts.span($0) } ?? ""),
      ("start by", one.startBy?.description ?? ""),
      ("requeued", one.requeuedAt?.description ?? ""),
      ("not before", one.state == .queued ? one.notBefore?.description ?? "" : ""),
    ]
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(1, width - count))
  }
}

/// `berth events`
struct Events: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show a deployment's history, oldest first.")
  @OptionGroup var common: CommonOptions
  @Argument(help: "Its id.") var id: String

  func run() async throws {
    let session = try await Session.open(common)
    let service = DeploymentServiceClient(session.channel)
    let (call, id) = (session.call, id)
    let all = try await Paging.all { page throws(RPCStatus) in
      let answer = try await service.listDeploymentEvents(
        ListDeploymentEventsRequest(id: id, page: page), options: call)
      return (answer.events, answer.nextPageToken)
    }
    guard common.output == .table else {
      return common.printJSON(ListDeploymentEventsResponse(events: all))
    }
    var table = Table("TIME", "STATE", "ATTEMPT", "REASON")
    for event in all {
      table.add(
        event.at?.description ?? "-", event.state.colouredName, "\(event.attempt)",
        event.reason.printable)
    }
    table.print()
  }
}

/// `berth cancel`
struct Cancel: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "End deployments and free what they hold.")
  @OptionGroup var common: CommonOptions
  @Argument(help: "Their ids.") var ids: [String]

  func run() async throws {
    let session = try await Session.open(common)
    for id in ids {
      let answer = try await DeploymentServiceClient(session.channel).cancelDeployment(
        CancelDeploymentRequest(id: id), options: session.call)
      common.report(answer) { "\(id)  \(answer.deployment?.state.colouredName ?? "")" }
    }
  }
}

/// `berth complete`
struct Complete: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "End running deployments as completed and free what they hold.")
  @OptionGroup var common: CommonOptions
  @Argument(help: "Their ids.") var ids: [String]

  func run() async throws {
    let session = try await Session.open(common)
    for id in ids {
      let answer = try await DeploymentServiceClient(session.channel).completeDeployment(
        CompleteDeploymentRequest(id: id), options: session.call)
      common.report(answer) { "\(id)  \(answer.deployment?.state.colouredName ?? "")" }
    }
  }
}

/// `berth queue`
struct Queue: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what waits for room, in the order of priority and age.")
  @OptionGroup var common: CommonOptions
  @Option(name: .long, help: "Only this organization's.") var org: String?

  func run() async throws {
    let session = try await Session.open(common)
    let waiting = try await session.deployments(
      ListDeploymentsRequest(
        organizationID: org == nil ? "" : try await session.organization(org),
        states: [.queued]), limit: .max
    ).sorted { a, b in
      a.priority != b.priority
        ? a.priority > b.priority : (a.createdAt ?? .init()) < (b.createdAt ?? .init())
    }
    guard common.output == .table else {
      return common.printJSON(ListDeploymentsResponse(deployments: waiting))
    }
    guard !waiting.isEmpty else { return Terminal.print("The queue is empty.") }
    var table = Table("#", "ID", "PRIORITY", "RESOURCES", "WAITS", "ATTEMPT", "REASON")
    for (index, one) in waiting.enumerated() {
      table.add(
        "\(index + 1)", one.id, "\(one.priority)", Amounts.resources(one.resources),
        Amounts.age(one.createdAt), "\(one.attempt)/\(one.maxAttempts)",
        one.reason.printable)
    }
    table.print()
  }
}
