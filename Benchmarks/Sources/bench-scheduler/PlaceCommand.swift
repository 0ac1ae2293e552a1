import ArgumentParser
import Domain
import EventLoop
import PostgresStore

/// Places deployments as the leader does, one batch after the other, and prints placements a
/// second. The rows are those of Scripts/bench-scheduler.sh.
struct PlaceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "place", abstract: "Placements through PostgreSQL.")

  @Option(name: .customLong("database-url"), help: "The database.")
  var databaseURL: String

  @Flag(help: "Only bring the database's schema up to date.")
  var migrate = false

  @Option(help: "The first of the deployments to place.")
  var first = 0

  @Option(help: "How many batches.")
  var batches = 1

  @Option(help: "Placements of a batch.")
  var batch = 256

  @Option(help: "How many clusters there are.")
  var clusters = 1

  @Option(help: "The epoch of the term.")
  var epoch: Int64 = 0

  func validate() throws {
    guard first >= 0, batches > 0, batch > 0, clusters > 0 else {
      throw ValidationError("--first is not negative, --batches, --batch, --clusters at least 1")
    }
  }

  func run() async throws {
    // On one loop, as berthd's scheduler.
    let group = try await EventLoopGroup.start(count: 1)
    let outcome: Result<Void, any Error>
    do {
      let store = try await PostgresStore.open(
        PostgresConfiguration(url: databaseURL), group: group)
      do {
        try await use(store)
        outcome = .success(())
      } catch {
        outcome = .failure(error)
      }
      await store.close()
    } catch {
      await group.shutdown()
      throw error
    }
    await group.shutdown()
    try outcome.get()
  }

  private func use(_ store: PostgresStore) async throws {
    if migrate {
      _ = try await store.migrate()
      return
    }
    // One before: the connection prepares its statement then.
    try await place(0, store.scheduler)
    let begin = ContinuousClock.now
    for number in 1...batches { try await place(number, store.scheduler) }
    let seconds = (ContinuousClock.now - begin) / .seconds(1)
    print(Int(Double(batches * batch) / seconds))
  }

  private func place(_ number: Int, _ store: PostgresSchedulerStore) async throws {
    let begin = first + number * batch
    let placements = (begin..<begin + batch).map { index in
      Placement(
        deployment: DeploymentID(UInt128(index)), attempt: 1,
        cluster: ClusterID(UInt128(index % clusters)), gpuDevices: [])
    }
    let result = try await store.place(
      placements, epoch: Epoch(epoch), now: Instant(microseconds: 1_800_000_000_000_000))
    guard case .placed(let placed) = result, placed.count == batch else {
      throw ValidationError("batch \(number) was not placed whole: \(result)")
    }
  }
}
