import Foundation
import Messages
import RPCClient
import TestSupport
import Testing

extension EndToEnd.OnStacksOfTheirOwn {
  /// `/metrics` of the console, by real processes.
  @Suite(.serialized, .timeLimit(.minutes(4))) struct MetricsTests {
    @Test func `one scrape tells what happened on two replicas, and goes on when one is away`()
      async throws
    {
      try await Stack.with(StackOptions(replicas: 2)) { stack in
        let scene = try await MetricsScene.play(on: stack)
        let metrics = try await eventually("the platform to be read again") {
          let metrics = try await scene.console.scrape()
          return metrics.sum("berth_deployments", ["state": "running"]) == 1 ? metrics : nil
        }
        let outcome = try await ChildProcess.run(
          "/usr/bin/promtool", ["check", "metrics"], input: metrics.text)
        #expect(outcome.exit == .exited(0) && outcome.standardError == "", "\(outcome)")
        try await expectScheduling(metrics, scene)
        expectCalls(metrics, scene)
        expectPlatform(metrics, scene)
        try await expectLoss(of: stack.replicas[1], scene)
        try await scene.end()
      }
    }

    private func expectScheduling(_ metrics: Metrics, _ scene: MetricsScene) async throws {
      #expect(metrics.sum("berth_up") == 2)
      #expect(metrics.sum("berth_scheduler_leading", ["shard": "0"]) == 1)
      #expect(metrics.sum("berth_scheduler_lock_held") == 1)
      let status = try await scene.admin.admin.getScheduler(GetSchedulerRequest())
      #expect(metrics.sum("berth_scheduler_epoch") == Double(status.epoch))
      let placed = Double(scene.placed)
      #expect(metrics.sum("berth_scheduler_placements_total") == placed)
      #expect(metrics.sum("berth_scheduler_wait_seconds_count") == placed)
      // Each was created alone, on an idle cluster, and placed within the test's time.
      let longest = try #require(
        metrics.sum("berth_scheduler_wait_seconds_bucket", ["le": "68.719476736"]))
      #expect(longest == placed)
      #expect(try #require(metrics.sum("berth_scheduler_wait_seconds_sum")) > 0)
      #expect(try #require(metrics.sum("berth_scheduler_batches_total")) >= placed - 1)
      #expect(metrics.sum("berth_scheduler_preemptions_total") == 1)
      #expect(metrics.sum("berth_scheduler_reclaims_total") == 0)
      #expect(metrics.sum("berth_scheduler_stale_commits_total") == 0)
      let retries = ["container_failed": 1.0, "preempted": 1, "reclaimed": 0, "agent_lost": 0]
      for (reason, count) in retries {
        #expect(
          metrics.sum("berth_scheduler_retries_total", ["reason": reason]) == count, "\(reason)")
      }
      let failures = ["container_failed": 1.0, "expired": 0, "agent_lost": 0]
      for (reason, count) in failures {
        #expect(
          metrics.sum("berth_scheduler_failures_total", ["reason": reason]) == count, "\(reason)")
      }
      #expect(metrics.sum("berth_agent_sessions") == 1)
      let completed = Double(MetricsScene.completed)
      #expect(metrics.sum("berth_agent_reports_total", ["state": "completed"]) == completed)
      #expect(metrics.sum("berth_agent_reports_total", ["state": "failed"]) == 2)
    }

    private func expectCalls(_ metrics: Metrics, _ scene: MetricsScene) {
      let create = ["method": "berth.v1.DeploymentService/CreateDeployment"]
      let created = Double(scene.created)
      #expect(metrics.sum("berth_rpc_started_total", create) == created)
      #expect(
        metrics.sum("berth_rpc_handled_total", create.merging(["code": "OK"]) { $1 }) == created)
      #expect(metrics.sum("berth_rpc_duration_seconds_count", create) == created)
      #expect(
        metrics.sum("berth_rpc_duration_seconds_bucket", create.merging(["le": "+Inf"]) { $1 })
          == created)
      #expect(metrics.sum("berth_rpc_connections") ?? 0 >= 2)
      #expect(metrics.sum("berth_rpc_received_bytes_total") ?? 0 > 0)
      let placements = metrics.sum(
        "berth_postgres_statement_duration_seconds_count", ["statement": "place"])
      #expect(placements == metrics.sum("berth_scheduler_batches_total"))
      #expect(
        metrics.sum("berth_postgres_connections")
          == metrics.sum("berth_postgres_connections_configured"))
      #expect(metrics.sum("berth_postgres_errors_total", ["reason": "timeout"]) == 0)
      #expect(metrics.sum("berth_redis_connected") == 2)
      #expect(
        metrics.sum("berth_redis_command_duration_seconds_count", ["command": "SET"]) ?? 0 > 0)
      #expect(metrics.sum("berth_process_resident_memory_bytes") ?? 0 > 2e6)
      #expect(metrics.sum("process_resident_memory_bytes") ?? 0 > 1e6)
    }

    private func expectPlatform(_ metrics: Metrics, _ scene: MetricsScene) {
      #expect(metrics.sum("berth_platform_up") == 1)
      // The classes' priorities, with the batch one that waits.
      #expect(metrics.sum("berth_queue_deployments", ["priority": "10"]) == 1)
      for priority in ["100", "500", "900"] {
        #expect(metrics.sum("berth_queue_deployments", ["priority": priority]) == 0)
        #expect(metrics.sum("berth_queue_oldest_wait_seconds", ["priority": priority]) == 0)
      }
      #expect(metrics.sum("berth_deployments", ["state": "queued"]) == 1)
      #expect(metrics.sum("berth_clusters", ["agent": "attached"]) == 1)
      #expect(metrics.sum("berth_clusters", ["agent": "lost"]) == 0)
      #expect(metrics.sum("berth_clusters_omitted") == 0)
      let name = scene.organization.name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
      let cluster = ["organization": name, "cluster": scene.cluster.name]
      for (dimension, capacity, allocated) in [("cpu", 1.0, 0.8), ("gpu", 2, 0.5)] {
        let labels = cluster.merging(["dimension": dimension]) { $1 }
        #expect(metrics.sum("berth_cluster_capacity", labels) == capacity)
        #expect(metrics.sum("berth_cluster_allocated", labels) == allocated)
        #expect(metrics.sum("berth_allocated", ["dimension": dimension]) == allocated)
      }
      #expect(
        metrics.sum("berth_cluster_capacity", cluster.merging(["unit": "byte"]) { $1 })
          == Double(1 << 40))
    }

    private func expectLoss(of replica: Replica, _ scene: MetricsScene) async throws {
      try await replica.kill()
      let label = ["replica": replica.address]
      let without = try await eventually("the others to be told", within: .seconds(30)) {
        let metrics = try await scene.console.scrape()
        let leads = metrics.sum("berth_scheduler_leading") == 1
        return leads && metrics.sum("berth_up", label) == 0 ? metrics : nil
      }
      #expect(without.sum("berth_up") == 1)
      #expect(without.sum("berth_rpc_connections", label) == nil)
      #expect(without.sum("berth_platform_up") == 1)
      try await replica.restart()
      // At once: no pause of a channel is in the way.
      let back = try await scene.console.scrape()
      #expect(back.sum("berth_up", label) == 1)
      #expect(back.sum("berth_scheduler_placements_total", label) == 0)
      #expect(scene.console.log.contains("a replica does not tell its statistics"))
      #expect(scene.console.log.contains("a replica tells its statistics again"))
    }

    @Test func `fifty scrapes at once share their answers`() async throws {
      try await Stack.with { stack in
        let console = try await ConsoleProcess.start(on: stack)
        func calls() async throws -> Double {
          try #require(
            try await console.scrape().sum(
              "berth_rpc_started_total",
              ["method": "berth.v1.StatisticsService/GetServerStatistics"]))
        }
        _ = try await console.scrape()
        let before = try await calls()
        try await withThrowingTaskGroup(of: Void.self) { group in
          for _ in 0..<50 { group.addTask { _ = try await console.scrape() } }
          try await group.waitForAll()
        }
        let after = try await calls()
        #expect(after - before < 51, "none was shared")
        try await console.terminate()
      }
    }
  }
}
