import ArgumentParser
import Dispatch
import Foundation
import RPCClient

/// `berth bench`
struct Bench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Load a server with calls of one method and measure them.",
    discussion: """
      The request is protobuf's JSON mapping, as for `berth call`; every call sends the same. \
      Without --rate each connection keeps --outstanding calls under way; with it calls have an \
      appointed time each, and a latency is measured from there.

      Calls are real: a method that creates something creates it every time.

      Example: berth bench berth.v1.UserService/WhoAmI --connections 8 --outstanding 16
      """)
  @OptionGroup var common: CommonOptions
  @Argument(help: "SERVICE/METHOD, a unary one.") var method: String
  @Argument(help: "The request.") var json = "{}"
  @Option(name: [.short, .long], help: "Connections, each with a channel of its own.")
  var connections = 1
  @Option(name: [.customShort("n"), .long], help: "Calls under way on each connection.")
  var outstanding = 1
  @Option(name: [.short, .long], help: "Seconds that are measured.") var duration = 10.0
  @Option(help: "Seconds before that.") var warmup = 1.0
  @Option(
    name: [.short, .long], help: "Calls a second over all connections. Default: all it takes.")
  var rate: Double?
  @Option(help: "Write the latencies as an SVG picture into this file.") var plot: String?

  func validate() throws {
    guard (1...BenchLimits.connections).contains(connections) else {
      throw ValidationError("--connections must be 1 to \(BenchLimits.connections).")
    }
    guard (1...BenchLimits.outstanding).contains(outstanding) else {
      throw ValidationError("--outstanding must be 1 to \(BenchLimits.outstanding).")
    }
    guard connections * outstanding <= BenchLimits.workers else {
      throw ValidationError(
        "--connections times --outstanding must be at most \(BenchLimits.workers).")
    }
    guard duration > 0, duration <= BenchLimits.seconds, warmup >= 0, warmup <= BenchLimits.seconds
    else {
      throw ValidationError("--duration and --warmup must be at most a day, in seconds.")
    }
    if let rate, !(rate > 0 && rate <= BenchLimits.rate) {
      throw ValidationError("--rate must be more than 0 and at most \(Int(BenchLimits.rate)).")
    }
  }

  func run() async throws {
    guard let descriptor = Services.method(path: method) else {
      throw Failure("there is no method \(method): `berth call --list` shows them", status: 64)
    }
    guard !descriptor.requestStreaming, !descriptor.responseStreaming else {
      throw Failure("\(method) streams; berth bench calls unary methods", status: 64)
    }
    let sessions = try await Session.open(common, connections: connections)
    // What fails once for everybody, such as a wrong field or token, is told at once.
    _ = try await sessions[0].channel.call(descriptor, json: [json], options: sessions[0].call)
    var options = sessions[0].call
    options.retries = false
    let plan = LoadPlan(
      method: descriptor, connections: connections, outstanding: outstanding,
      duration: .seconds(duration), warmup: .seconds(warmup), rate: rate, options: options)
    let generator = LoadGenerator(plan, channels: sessions.map(\.channel))
    let interrupt = Self.stopping(generator)
    let reporter = Self.reporting(generator)
    let (result, seconds) = try await generator.run(json: json)
    reporter?.cancel()
    interrupt.cancel()
    try report(BenchReport(plan: plan, result: result, seconds: seconds))
    if result.latency.total == 0 { throw Failure("no call succeeded", status: 69) }
  }

  private func report(_ report: BenchReport) throws {
    if common.output == .json { try report.printJSON() } else { report.printTable() }
    guard let plot else { return }
    let title = "\(method), \(connections) x \(outstanding)"
    do {
      try LatencyPlot(title: title, latency: report.result.latency).svg
        .write(toFile: plot, atomically: true, encoding: .utf8)
    } catch {
      throw Failure("cannot write \(plot): \(error.localizedDescription)", status: 74)
    }
    Terminal.progress("the plot is in \(plot)")
  }

  /// Ctrl-C ends the load; what was measured so far is reported.
  private static func stopping(_ generator: LoadGenerator) -> any DispatchSourceSignal {
    signal(SIGINT, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
    source.setEventHandler {
      generator.stop()
      // A second one ends the program as usual.
      signal(SIGINT, SIG_DFL)
    }
    source.resume()
    return source
  }

  /// A line a second for people who wait. The task is the caller's to cancel.
  private static func reporting(_ generator: LoadGenerator) -> Task<Void, Never>? {
    guard Terminal.showsProgress else { return nil }
    return Task {
      var before = 0
      while !Task.isCancelled {
        try? await Task.sleep(for: .seconds(1))
        if Task.isCancelled { return }
        let now = generator.progress
        Terminal.progress("\(now) calls, \(now - before) in the last second")
        before = now
      }
    }
  }
}
