package import RPCClient
import Synchronization

/// One replica of `berthd`, over a channel of its own: its counts are its alone.
package final class ReplicaClient: Sendable {
  /// Its address; the value of the label `replica`.
  package let name: String
  private let connect: @Sendable () throws(RPCStatus) -> Channel
  private let channel = Mutex<Channel?>(nil)

  /// - Parameter connect: makes a channel to the address, with an administrator's credentials.
  package init(
    name: String, connect: @escaping @Sendable () throws(RPCStatus) -> Channel
  ) {
    self.name = name
    self.connect = connect
  }

  package func close() async { await take()?.close() }

  /// Within `deadline`. A channel that failed is not used again: no pause of its keeps a replica
  /// that is back from the next scrape.
  func report(within deadline: Duration) async -> ReplicaReport {
    let begin = ContinuousClock.now
    do throws(RPCStatus) {
      let answer = try await answer(CallOptions(deadline: deadline))
      return ReplicaReport(replica: name, answer: answer, problem: nil, took: .now - begin)
    } catch {
      await take()?.close(grace: .zero)
      return ReplicaReport(replica: name, answer: nil, problem: error, took: .now - begin)
    }
  }

  /// What waits and runs on the whole platform; nil: it does not tell.
  func platform(
    within deadline: Duration
  ) async -> GetControlPlaneStatisticsResponse.Platform? {
    let response = try? await AdminServiceClient(current()).getControlPlaneStatistics(
      GetControlPlaneStatisticsRequest(), options: CallOptions(deadline: deadline))
    return response?.platform
  }

  private func current() throws(RPCStatus) -> Channel {
    try channel.withLock { channel throws(RPCStatus) in
      if let channel { return channel }
      let made = try connect()
      channel = made
      return made
    }
  }

  private func take() -> Channel? {
    channel.withLock { channel in
      defer { channel = nil }
      return channel
    }
  }

  private func answer(
    _ options: CallOptions
  ) async throws(RPCStatus) -> ReplicaReport.Answer {
    let channel = try current()
    let statistics = StatisticsServiceClient(channel)
    return ReplicaReport.Answer(
      server: try await statistics.getServerStatistics(
        GetServerStatisticsRequest(), options: options),
      methods: try await methods(statistics, options),
      controlPlane: try await AdminServiceClient(channel).getControlPlaneStatistics(
        GetControlPlaneStatisticsRequest(replicaOnly: true), options: options))
  }

  private func methods(
    _ statistics: StatisticsServiceClient, _ options: CallOptions
  ) async throws(RPCStatus) -> [MethodStatistics] {
    var (methods, token) = ([MethodStatistics](), "")
    for _ in 0..<ExpositionLimits.methodPages {
      let page = try await statistics.listMethodStatistics(
        ListMethodStatisticsRequest(
          page: PageRequest(size: Int32(ExpositionLimits.methodsPerPage), token: token)),
        options: options)
      methods += page.methods
      token = page.nextPageToken
      if token.isEmpty { break }
    }
    return methods
  }
}
