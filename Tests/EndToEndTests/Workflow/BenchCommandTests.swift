import Foundation
import TestSupport
import Testing

extension EndToEnd.OnOneStack {
  /// `berth bench` against a real server.
  @Suite(.timeLimit(.minutes(2))) struct BenchCommandTests {
    private struct Report: Decodable {
      let method: String
      let connections: Int
      let outstanding: Int
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

    private static let check = "berth.v1.HealthService/Check"

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
      #expect(report.method == Self.check && report.errors.isEmpty)
      #expect(report.connections == 2 && report.outstanding == 4)
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
      // A hundred appointments and the first; a machine under load misses some in the end.
      #expect((60...101).contains(report.calls), "\(report.calls) calls")
    }

    @Test func `every call brings the request that is given`() async throws {
      let known = try await load(
        "{\"service\": \"berth.v1.DeploymentService\"}", "-d", "0.2", "--warmup", "0")
      #expect(known.calls > 0 && known.errors.isEmpty)
      let unknown = try await station.run(
        ["bench", Self.check, "{\"service\": \"berth.v1.Nothing\"}", "-d", "0.2"] + server)
      #expect(unknown.exit == .exited(66), "\(unknown)")
      #expect(unknown.standardError.contains("no service berth.v1.Nothing"), "\(unknown)")
      #expect(unknown.standardOutput.isEmpty, "\(unknown)")
    }

    @Test func `what cannot be loaded is told before anything is`() async throws {
      let cases: [([String], Int32, String)] = [
        (["nothing/There"], 64, "there is no method"),
        (["berth.v1.DeploymentService/WatchDeployments"], 64, "unary"),
        ([Self.check, "{\"nonsense\":1}"], 65, "nonsense"),
        (["berth.v1.UserService/WhoAmI"], 77, "berth login"),
        ([Self.check, "--connections", "0"], 64, "--connections"),
        ([Self.check, "--rate", "-1"], 64, "--rate"),
        ([Self.check, "-d", "1", "--plot", "/nowhere/x.svg"], 74, "/nowhere"),
      ]
      for (arguments, status, words) in cases {
        let outcome = try await station.run(["bench"] + arguments + server)
        #expect(outcome.exit == .exited(status), "\(arguments): \(outcome)")
        #expect(outcome.standardError.contains(words), "\(arguments): \(outcome)")
      }
    }

    private func load(_ options: String...) async throws -> Report {
      let outcome = try await station.run(
        ["bench", Self.check, "-o", "json"] + options + server)
      #expect(outcome.exit == .exited(0), "\(outcome)")
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      return try decoder.decode(Report.self, from: Data(outcome.standardOutput.utf8))
    }
  }
}
