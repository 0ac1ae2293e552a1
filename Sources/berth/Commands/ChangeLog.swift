import RPCClient

/// Prints changes of state, each once, also where the stream of them was opened again in between.
actor ChangeLog {
  private let deployments: DeploymentServiceClient
  private let options: CallOptions
  private let format: OutputFormat
  /// The only deployment that is watched; the log is over with it.
  private let only: String?
  /// The last change seen of each deployment that has not ended.
  private var known: [String: Int64] = [:]
  /// The same at the time when the stream was lost.
  private var before: [String: Int64] = [:]
  /// Sequences printed since: a sequence is that of one change alone.
  private var printed: Set<Int64> = []

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
    if isNew(event) {
      // Without a loss in between nothing comes twice.
      if !before.isEmpty { printed.insert(event.sequence) }
      known[event.deploymentID] = max(event.sequence, known[event.deploymentID] ?? 0)
      print(change, event)
    }
    guard event.state.isFinal else { return false }
    known[event.deploymentID] = nil
    return only != nil
  }

  private func isNew(_ event: DeploymentEvent) -> Bool {
    event.sequence > before[event.deploymentID] ?? 0 && !printed.contains(event.sequence)
  }

  /// The stream is about to be opened again.
  func lost() {
    before = known
    printed = []
  }

  /// Prints what happened to the deployments that were seen while nobody listened. True: the log is
  /// over.
  ///
  /// - Parameter isLast: the stream tells everything from here on.
  func catchUp(isLast: Bool) async throws -> Bool {
    for (id, sequence) in before {
      var token = ""
      repeat {
        let page = try await deployments.listDeploymentEvents(
          ListDeploymentEventsRequest(id: id, page: PageRequest(size: 500, token: token)),
          options: options)
        for event in page.events where event.sequence > sequence {
          if take(WatchDeploymentsResponse(event: event)) { return true }
        }
        token = page.nextPageToken
      } while !token.isEmpty
    }
    if isLast { (before, printed) = ([:], []) }
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
