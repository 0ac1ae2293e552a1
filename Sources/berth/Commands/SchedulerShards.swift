import ArgumentParser
import RPCClient

extension Admin {
  struct SchedulerStatus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "scheduler",
      abstract:
        "Show who leads, under which epoch, and the queue; a row a shard if there are several.")
    @OptionGroup var common: CommonOptions

    func run() async throws {
      let session = try await Session.open(common)
      let answer = try await AdminServiceClient(session.channel).getScheduler(
        GetSchedulerRequest(), options: session.call)
      guard common.output == .table, answer.shards.count > 1 else {
        return common.report(answer) { Self.summary(answer) }
      }
      var table = Table("SHARD", "LEADER", "EPOCH", "QUEUED", "OLDEST", "HOLDING")
      for shard in answer.shards {
        table.add(
          "\(shard.shard)", Self.leader(shard.leader), "\(shard.epoch)", "\(shard.queued)",
          Amounts.age(shard.oldestQueuedAt), "\(shard.holding)")
      }
      table.print()
      Terminal.print("answered by \(answer.replica)")
    }

    private static func summary(_ answer: GetSchedulerResponse) -> String {
      """
      leader   \(leader(answer.leader))
      epoch    \(answer.epoch)
      answered \(answer.replica)\(answer.leading ? " (leads)" : "")
      queued   \(answer.queued), the oldest for \(Amounts.age(answer.oldestQueuedAt))
      holding  \(answer.holding)
      """
    }

    private static func leader(_ id: String) -> String { id.isEmpty ? "nobody" : id }
  }

  struct SetShards: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Divide scheduling into shards, each led by one replica.",
      discussion: """
        A shard has the clusters of some organizations. Every leader steps down, the next ones begin \
        within a second or two; nothing that runs is touched. docs/operations.md says how many to choose.
        """)
    @OptionGroup var common: CommonOptions
    @Argument(help: "How many, from 1 to 64.") var shards: Int32

    func run() async throws {
      let session = try await Session.open(common)
      let answer = try await AdminServiceClient(session.channel).setSchedulerShards(
        SetSchedulerShardsRequest(shards: shards), options: session.call)
      common.report(answer) { "shards: \(answer.shards)" }
    }
  }
}
