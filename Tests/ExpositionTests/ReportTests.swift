import RPCClient
import TestSupport
import Testing

@testable import Exposition

struct ReportTests {
  @Test func `promtool finds nothing wrong`() async throws {
    let outcome = try await Promtool.run("check", "metrics", input: Samples.table.text)
    #expect(outcome.exit == .exited(0), "\(outcome)")
    #expect(outcome.standardError == "", "\(outcome)")
  }

  @Test func `promtool sees what is wrong`() async throws {
    let wrong = Samples.table.text + "# TYPE berth_ends counter\nberth_ends 1\n"
    #expect(try await Promtool.run("check", "metrics", input: wrong).exit != .exited(0))
  }

  @Test func `every metric of the list is told, and no series twice`() {
    let lines = Samples.table.text.split(separator: "\n")
    let told = Set(
      lines.filter { $0.hasPrefix("# TYPE ") }.map { String($0.split(separator: " ")[2]) })
    #expect(told == Set(Metric.all.map(\.name)))
    #expect(Metric.all.count == told.count)
    let series = lines.filter { !$0.hasPrefix("#") }.map { $0.prefix(upTo: $0.lastIndex(of: " ")!) }
    #expect(Set(series).count == series.count)
  }

  @Test(arguments: [
    #"berth_up{replica="a:7443"} 1"#, #"berth_up{replica="b:7443"} 0"#,
    #"berth_build_info{replica="a:7443",id="0197",version="1.2.3",schema_version="8"} 1"#,
    #"berth_rpc_handled_total{replica="a:7443",method="berth.v1.UserService/WhoAmI",code="OK"} 6"#,
    #"berth_rpc_duration_seconds_count{replica="a:7443",method="berth.v1.UserService/WhoAmI"} 7"#,
    #"berth_scheduler_leading{replica="a:7443",shard="0"} 1"#,
    #"berth_scheduler_leading{replica="a:7443",shard="1"} 0"#,
    #"berth_scheduler_retries_total{replica="a:7443",reason="agent_lost"} 8"#,
    #"berth_postgres_errors_total{replica="a:7443",reason="timeout"} 3"#,
    #"berth_postgres_errors_total{replica="a:7443",reason="race"} 0"#,
    #"berth_postgres_errors_total{replica="a:7443",reason="news_of_2030"} 3"#,
    #"berth_process_cpu_seconds_total{replica="a:7443"} 12.5"#,
    #"berth_queue_deployments{priority="900"} 2"#, #"berth_queue_deployments{priority="500"} 0"#,
    #"berth_queue_deployments{priority="other"} 5"#,
    #"berth_queue_oldest_wait_seconds{priority="900"} 60.0"#,
    #"berth_queue_oldest_wait_seconds{priority="500"} 0.0"#,
    #"berth_deployments{state="queued"} 7"#, #"berth_clusters{agent="lost"} 1"#,
    "berth_clusters_omitted 11",
    #"berth_cluster_capacity{organization="acme\\east",cluster="gpu \"a\"",dimension="cpu",unit="core"} 1.5"#,
    #"berth_cluster_allocated{organization="acme\\east",cluster="gpu \"a\"",dimension="gpu",unit="device"} 0.25"#,
    #"berth_capacity{dimension="memory",unit="byte"} 2199023255552"#,
    "process_start_time_seconds 1700000050.25",
  ])
  func `what was told is in the text`(line: String) {
    #expect(Samples.table.text.split(separator: "\n").contains { $0 == line })
  }

  @Test func `without the database's word the rest goes on`() {
    var table = MetricTable()
    table.add(nil as GetControlPlaneStatisticsResponse.Platform?)
    #expect(table.text.hasSuffix("berth_platform_up 0\n"))
    #expect(!table.text.contains("berth_queue"))
  }
}
