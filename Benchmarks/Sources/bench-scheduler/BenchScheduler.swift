import ArgumentParser

/// What the scheduler costs: its engine alone, and its placements through PostgreSQL.
/// Scripts/bench-scheduler.sh runs both. A target of Berth's own package: it drives the engine and
/// the store themselves, which no library publishes.
@main
struct BenchScheduler: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench-scheduler", abstract: "Measures the scheduler.",
    subcommands: [EngineCommand.self, PlaceCommand.self])
}
