import Messages
import Wire

/// `berth.v1.StatisticsService` over the server that answers.
struct StatisticsHandlers: StatisticsServiceHandler {
  func getServerStatistics(
    _ request: GetServerStatisticsRequest, context: CallContext
  ) async throws(RPCStatus) -> GetServerStatisticsResponse {
    await context.inspection.server()
  }

  func listMethodStatistics(
    _ request: ListMethodStatisticsRequest, context: CallContext
  ) async throws(RPCStatus) -> ListMethodStatisticsResponse {
    let (size, token) = try Self.page(request.page)
    let wanted = await context.inspection.methods().filter {
      (request.includeUnused || $0.started > 0) && $0.method.path > token
    }
    let page = wanted.prefix(size)
    return ListMethodStatisticsResponse(
      methods: page.map(MethodStatistics.init),
      nextPageToken: wanted.count > size ? page.last?.method.path ?? "" : "")
  }

  func listConnections(
    _ request: ListConnectionsRequest, context: CallContext
  ) async throws(RPCStatus) -> ListConnectionsResponse {
    let (size, token) = try Self.page(request.page)
    guard let after = token.isEmpty ? 0 : UInt64(token) else {
      throw .invalidArgument([
        FieldViolation(field: "page.token", description: "is not one of this server's")
      ])
    }
    // One more than asked for tells whether there are more.
    let found = await context.inspection.connections(after: after, limit: size + 1)
    return ListConnectionsResponse(
      connections: Array(found.prefix(size)),
      nextPageToken: found.count > size ? "\(found[size - 1].id)" : "")
  }

  private static func page(
    _ page: PageRequest?
  ) throws(RPCStatus) -> (size: Int, token: String) {
    let size = Int(page?.size ?? 0)
    if size == 0 { return (ServerLimits.standardPageSize, page?.token ?? "") }
    guard ServerLimits.pageSizes.contains(size) else {
      let bounds = ServerLimits.pageSizes
      throw .invalidArgument([
        FieldViolation(
          field: "page.size",
          description: "is not from \(bounds.lowerBound) to \(bounds.upperBound)")
      ])
    }
    return (size, page?.token ?? "")
  }
}

extension CallContext {
  fileprivate var inspection: ServerInspection { ServerInspection(loops: call.server.siblings) }
}

extension MethodStatistics {
  fileprivate init(_ metrics: MethodMetrics) {
    self.init(
      method: metrics.method.path, started: metrics.started,
      ended: metrics.ended.sorted { $0.key.rawValue < $1.key.rawValue }.map {
        CodeCount(code: $0.key.name, count: $0.value)
      },
      time: ProtobufDuration(metrics.time),
      latency: metrics.latency.filled.map {
        LatencyBucket(upTo: $0.upTo.map(ProtobufDuration.init), count: $0.count)
      })
  }
}
