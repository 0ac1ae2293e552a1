import RPCClient

/// Prints changes of state, each once, also where the stream of them was opened again in between.
actor ChangeLog {
  private let deployments: DeploymentServiceClient
  private let options: CallOptions
  private let format: OutputFormat
  /// The only deployment that is watched; the log is over with it.
  private let only: String?
  /// The last change seen of each deployment that has not ended.
  private var known: [String: DeploymentPosition] = [:]
  /// The same at the time when the stream was lost.
  private var before: [String: DeploymentPosition] = [:]
  /// Printed since.
  private var printed: [String: Set<DeploymentPosition>] = [:]

  init(
    _ deployments: DeploymentServiceClient, options: CallOptions, format: OutputFormat,
    only: String?
  ) {
    self.deployments = deployments
    self.options = options
    self.format = format
    self.only = only
  }

  /// Prints a change unless it was. True: the log is over.
  func take(_ change: WatchDeploymentsResponse) -> Bool {
    guard let event = change.event else { return false }
    let (id, position) = (event.deploymentID, DeploymentPosition(event))
    if isNew(position, of: id) {
      // Without a loss in between nothing comes twice.
      if !before.isEmpty { printed[id, default: []].insert(position) }
      known[id] = max(position, known[id] ?? position)
      print(change, event)
    }
    guard event.state.isFinal else { return false }
    known[id] = nil
    return only != nil
  }

  private func isNew(_ position: DeploymentPosition, of id: String) -> Bool {
    if let last = before[id], position <= last { return false }
    return printed[id]?.contains(position) != true
  }

  /// The stream is about to be opened again. Where it was lost while it caught up, that goes on
  /// from where it began.
  func lost() { before.merge(known) { earlier, _ in earlier } }

  /// Prints what happened to the deployments that were seen while nobody listened. True: the log is
  /// over.
  ///
  /// - Parameter isLast: the stream tells everything from here on.
  func catchUp(isLast: Bool) async throws -> Bool {
    for (id, last) in before {
      var token = ""
      repeat {
        let page = try await deployments.listDeploymentEvents(
          ListDeploymentEventsRequest(id: id, page: PageRequest(size: 500, token: token)),
          options: options)
        for event in page.events where DeploymentPosition(event) > last {
          if take(WatchDeploymentsResponse(event: event)) { return true }
        }
        token = page.nextPageToken
      } while !token.isEmpty
    }
    if isLast { (before, printed) = ([:], [:]) }
    return false
  }

  private func print(_ change: WatchDeploymentsResponse, _ event: DeploymentEvent) {
    if format == .json {
      Terminal.print(change.jsonString(JSONOptions(includesDefaults: true)))
    } else {
      Terminal.print(
        "\(event.at?.description ?? "")  \(event.deploymentID)  \(event.state.colouredName)"
          + "  attempt \(event.attempt)  \(event.reason.printable)")
    }
  }
}
