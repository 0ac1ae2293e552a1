import ArgumentParser
import Foundation
import Simulation

/// `berth simulate`
struct Simulate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Replay a trace against the scheduler's engine alone, without a server.",
    discussion: """
      Nodes: CSV with the columns sn, cpu_milli, memory_mib, gpu, model. Pods: name, cpu_milli, \
      memory_mib, num_gpu, gpu_milli (the part of one device where num_gpu is 1), and if known \
      gpu_spec (models, | between), qos, creation_time, deletion_time, scheduled_time.

      Pods are drawn with replacement until they ask for --demand times the GPU there is, shuffled \
      by the seed and placed one by one; nothing ends, and what does not fit is passed over. \
      Policies: berth, best-fit, fgd (told the pods in advance), random; several with commas, or all.

      With --timeline pods come and end when they did, wait while they do not fit, and waiting \
      times, utilization and fairness are told.

      Example: berth simulate --nodes nodes.csv --pods pods.csv --seeds 42-51 --policy all
      """)
  @Option(help: "The file of the nodes.") var nodes: String
  @Option(help: "The file of the pods.") var pods: String
  @Option(help: "What to draw by.") var seed: UInt64 = 42
  @Option(help: "Draw by each of these seeds: A-B.") var seeds: SeedRange?
  @Option(help: "Place until so many times the GPU there is was asked for.") var demand = 1.3
  @Option(help: "Policies with commas between, or all.") var policy: PolicyList = .init([.berth])
  @Option(name: [.short, .long], help: "How to print results.") var output: OutputFormat = .table
  @Option(help: "Write allocation against arrived demand, or use over time, as SVG into this file.")
  var plot: String?
  @Flag(help: "Replay the times of the trace.") var timeline = false
  @Option(help: "With --timeline: the part of the nodes that there is.") var shrink = 1.0
  @Option(help: "With --timeline: organizations that nodes and pods are dealt to.")
  var organizations = 1
  @Option(
    help: """
      With --timeline: all clusters are shared between organizations of these weights, with commas \
      between: 1,1,2.
      """)
  var sharedWeights: WeightList?

  func validate() throws {
    guard demand > 0, demand <= SimulationLimits.demand else {
      throw ValidationError(
        "--demand must be more than 0 and at most \(Int(SimulationLimits.demand)).")
    }
    guard shrink > 0, shrink <= 1 else {
      throw ValidationError("--shrink must be more than 0 and at most 1.")
    }
    guard (1...SimulationLimits.organizations).contains(organizations) else {
      throw ValidationError("--organizations must be 1 to \(SimulationLimits.organizations).")
    }
    guard timeline || (shrink == 1 && organizations == 1 && sharedWeights == nil) else {
      throw ValidationError("--shrink, --organizations and --shared-weights go with --timeline.")
    }
    guard sharedWeights == nil || organizations == 1 || organizations == sharedWeights?.millis.count
    else {
      throw ValidationError("--shared-weights names as many organizations as --organizations.")
    }
    guard !timeline || seeds == nil else {
      throw ValidationError("--timeline draws nothing: it takes no --seeds.")
    }
  }

  func run() throws {
    do {
      let trace = Trace(
        nodes: try TraceNode.read(try text(of: nodes), file: nodes),
        pods: try TracePod.read(try text(of: pods), file: pods))
      if timeline { try replayTimes(trace) } else { try replayDraws(trace) }
    } catch let error as TraceError {
      throw Failure(error.description, status: 65)
    }
  }

  private func replayDraws(_ trace: Trace) throws {
    var reports: [AllocationReport] = []
    for name in policy.names {
      var report = AllocationReport(policy: name)
      for seed in seeds?.values ?? seed...seed {
        let arrivals = try ArrivalSequence(trace, demand: demand, seed: seed)
        var replay = AllocationReplay(
          trace, arrivals, policy: name.policy(for: trace, seed: seed))
        let begin = ContinuousClock.now
        let result = replay.run()
        report.add(result, seed: seed, seconds: (ContinuousClock.now - begin) / .seconds(1))
      }
      reports.append(report)
      Terminal.progress("\(name.rawValue): \(report.words)")
    }
    try SimulationOutput(format: output).print(reports)
    try write {
      AllocationPlot(
        title: "GPU allocated against GPU asked for, in percent of what there is",
        lines: reports.map { ($0.policy.rawValue, $0.curve) })
    }
  }

  private func replayTimes(_ trace: Trace) throws {
    var reports: [(policy: PolicyName, report: TimelineReport)] = []
    for name in policy.names {
      let options = TimelineReplay.Options(
        policy: name.policy(for: trace, seed: seed), shrink: shrink,
        organizations: sharedWeights?.millis.count ?? organizations,
        weights: sharedWeights?.millis)
      var replay = try TimelineReplay(trace, options)
      reports.append((name, replay.run()))
      Terminal.progress("\(name.rawValue): done")
    }
    try SimulationOutput(format: output).print(reports)
    try write {
      AllocationPlot(
        title: "GPU held over time, in percent of what there is; time in percent of the trace",
        lines: reports.map { entry in
          let end = Double(entry.report.seconds)
          return (
            entry.policy.rawValue,
            entry.report.utilization.map { (x: Double($0.atSeconds) / end, y: $0.gpu) }
          )
        })
    }
  }

  private func text(of path: String) throws -> String {
    do {
      return try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      throw Failure("cannot read \(path): \(error.localizedDescription)", status: 66)
    }
  }

  private func write(_ picture: () -> AllocationPlot) throws {
    guard let plot else { return }
    do {
      try picture().svg.write(toFile: plot, atomically: true, encoding: .utf8)
    } catch {
      throw Failure("cannot write \(plot): \(error.localizedDescription)", status: 74)
    }
    Terminal.progress("the plot is in \(plot)")
  }
}
