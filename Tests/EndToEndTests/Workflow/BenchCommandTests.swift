import Foundation
import TestSupport
import Testing

extension EndToEnd.OnOneStack {
  /// `berth bench` against a real server.
  @Suite(.timeLimit(.minutes(2))) struct BenchCommandTests {
    private struct Report: Decodable {
      let method: String
      let calls: Int
      let seconds: Double
      let callsPerSecond: Double
      let errors: [String: Int]
      let latencyMicroseconds: [String: Double]
      let histogram: [Bucket]

      struct Bucket: Decodable {
        let count: Int
      }
    }

    let shared: SharedStack
    private let station: Workstation
    private var server: [String] {
      ["--address", shared.stack.berthd.address, "--ca", shared.stack.certificates.authority]
    }

    init() throws {
      shared = try SharedStack.current()
      station = try Workstation()
    }

    @Test func `a load is counted once in every figure, and drawn`() async throws {
      let plot = station.home.file("latency.svg")
      let report = try await load("-c", "2", "-n", "4", "-d", "1", "--warmup", "0", "--plot", plot)
      #expect(report.method == "berth.v1.HealthService/Check" && report.errors.isEmpty)
      #expect(report.calls > 0 && report.histogram.map(\.count).reduce(0, +) == report.calls)
      #expect(abs(report.callsPerSecond * report.seconds - Double(report.calls)) < 1)
      let figures = try ["min", "p50", "p90", "p99", "p99.9", "max"].map {
        try #require(report.latencyMicroseconds[$0])
      }
      #expect(figures == figures.sorted() && figures[0] > 0)
      let picture = try String(contentsOfFile: plot, encoding: .utf8)
      #expect(picture.hasPrefix("<svg") && picture.contains("p99") && picture.contains("<rect"))
    }

    @Test func `a rate is kept to, not outrun`() async throws {
      let report = try await load("-n", "4", "-d", "2", "--warmup", "0", "--rate", "50")
      #expect((1...101).contains(report.calls))
    }

    @Test func `what cannot be loaded is told before anything is`() async throws {
      let cases: [([String], Int32, String)] = [
        (["nothing/There"], 64, "there is no method"),
        (["berth.v1.DeploymentService/WatchDeployments"], 64, "unary"),
        (["berth.v1.HealthService/Check", "{\"nonsense\":1}"], 65, "nonsense"),
        (["berth.v1.UserService/WhoAmI"], 77, "berth login"),
        (["berth.v1.HealthService/Check", "--connections", "0"], 64, "--connections"),
        (["berth.v1.HealthService/Check", "--rate", "-1"], 64, "--rate"),
        (["berth.v1.HealthService/Check", "-d", "1", "--plot", "/nowhere/x.svg"], 74, "/nowhere"),
      ]
      for (arguments, status, words) in cases {
        let outcome = try await station.run(["bench"] + arguments + server)
        #expect(outcome.exit == .exited(status), "\(arguments): \(outcome)")
        #expect(outcome.standardError.contains(words), "\(arguments): \(outcome)")
      }
    }

    private func load(_ options: String...) async throws -> Report {
      let outcome = try await station.run(
        ["bench", "berth.v1.HealthService/Check", "-o", "json"] + options + server)
      #expect(outcome.exit == .exited(0), "\(outcome)")
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      return try decoder.decode(Report.self, from: Data(outcome.standardOutput.utf8))
    }
  }
}
