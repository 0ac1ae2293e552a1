import RPCClient

@testable import Exposition

/// What replicas and the platform may tell: something for every metric.
enum Samples {
  static func histogram(_ count: UInt64) -> DurationStatistics {
    DurationStatistics(
      count: count, time: ProtobufDuration(seconds: Int64(count)),
      buckets: [LatencyBucket(upTo: ProtobufDuration(seconds: 0, nanos: 1_048_576), count: count)])
  }

  static func calls(_ name: String, error: String) -> StoreCallStatistics {
    StoreCallStatistics(
      name: name, latency: histogram(4), errors: [NamedCount(name: error, count: 3)])
  }

  static let controlPlane = GetControlPlaneStatisticsResponse(
    replica: "0197", version: "1.2.3", schemaVersion: 8,
    startedAt: Timestamp(seconds: 1_700_000_000),
    scheduler: .init(
      shards: [
        .init(shard: 0, leading: true, holdsLock: true, epoch: 7),
        .init(shard: 1, leading: false, holdsLock: false, epoch: 0),
      ],
      placements: 11, batches: 5, refusals: 2, staleCommits: 1, preemptions: 4, reclaims: 3,
      expirations: 6,
      retries: [NamedCount(name: "agent_lost", count: 8), NamedCount(name: "preempted", count: 1)],
      failures: [NamedCount(name: "expired", count: 6)], termsBegun: 9, termsFenced: 1,
      leasesLost: 2, errors: 13, snapshots: 9, wait: histogram(11), decision: histogram(20)),
    agents: .init(attached: 2, reports: [NamedCount(name: "running", count: 10)]),
    postgres: .init(
      connections: 4, connectionsConfigured: 4, inFlight: 1, waiting: 0, connectionsOpened: 5,
      statements: [calls("place", error: "timeout"), calls("terms", error: "news_of_2030")]),
    redis: .init(
      connected: true, connectionsOpened: 1, noticesDropped: 2,
      commands: [calls("SET", error: "unavailable")]),
    process: .init(
      cpuTime: ProtobufDuration(seconds: 12, nanos: 500_000_000), residentBytes: 1 << 25,
      openFiles: 30, maxFiles: 1_024))

  static let platform = GetControlPlaneStatisticsResponse.Platform(
    at: Timestamp(seconds: 1_700_000_100), took: ProtobufDuration(seconds: 0, nanos: 2_000_000),
    queue: [
      .init(
        priority: 900, deployments: 2, paused: 1,
        waitingSince: Timestamp(seconds: 1_700_000_040)),
      .init(priority: 500), .init(deployments: 5),
    ],
    scheduled: 1, starting: 2, running: 3, clustersTotal: 12,
    clusters: [
      .init(
        id: "c", name: "gpu \"a\"", organization: "acme\\east",
        capacity: Resources(cpuMillis: 1_500, memoryBytes: 1 << 40, gpuMillis: 8_000),
        allocated: Resources(cpuMillis: 500, memoryBytes: 1 << 39, gpuMillis: 250))
    ],
    capacity: Resources(cpuMillis: 2_000, memoryBytes: 1 << 41, gpuMillis: 8_000),
    allocated: Resources(cpuMillis: 1_000, memoryBytes: 1 << 40, gpuMillis: 250),
    agentsAttached: 10, agentsLost: 1, agentsNone: 1)

  static let answer = ReplicaReport.Answer(
    server: GetServerStatisticsResponse(
      startedAt: Timestamp(seconds: 1_700_000_000), loops: 2, connectionsAccepted: 9,
      connectionsOpen: 3, connectionsRefused: 1,
      traffic: TrafficStatistics(
        streamsOpened: 100, streamsOpen: 2, streamsFailed: 7, messagesReceived: 101,
        messagesSent: 102, bytesReceived: 10_000, bytesSent: 20_000)),
    methods: [
      MethodStatistics(
        method: "berth.v1.UserService/WhoAmI", started: 8,
        ended: [CodeCount(code: "OK", count: 6), CodeCount(code: "UNAUTHENTICATED", count: 1)],
        time: ProtobufDuration(seconds: 1), latency: histogram(7).buckets)
    ],
    controlPlane: controlPlane)

  static let console = ConsoleReport(
    version: "0.1.0", startTimeSeconds: 1_700_000_050.25,
    process: .init(
      cpuTime: .milliseconds(250), residentBytes: 1 << 24, virtualBytes: 1 << 30, openFiles: 12,
      maxFiles: 1_024))

  /// One replica that answers, one that does not.
  static var table: MetricTable {
    var table = MetricTable()
    table.add(
      ReplicaReport(replica: "a:7443", answer: answer, problem: nil, took: .milliseconds(3)))
    table.add(
      ReplicaReport(
        replica: "b:7443", answer: nil, problem: RPCStatus(.unavailable, "away"),
        took: .seconds(5)))
    table.add(platform)
    table.add(console, collectedIn: .seconds(5))
    return table
  }
}
