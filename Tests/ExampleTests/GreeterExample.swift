import Foundation
import TestSupport

/// `Examples/greeter`, built as anybody would build it: a package of its own, with build products
/// of its own.
enum GreeterExample {
  /// The first build compiles the libraries, on a slow machine beside other tests.
  static let buildLimit = Duration.seconds(900)

  static let package = URL(fileURLWithPath: checkout + "/Examples/greeter")
    .resolvingSymlinksInPath().path
  /// `Scripts/test.sh` builds it there too, before the tests run.
  static let scratch = checkout + "/.build/examples/greeter"

  private static let checkout = TestEnvironment.checkout

  /// Builds what has changed; returns the path of the program.
  static func build() async throws -> String {
    try await swift(["build", "--build-tests"])
    let folder = try await swift(["build", "--show-bin-path"]).standardOutput
    return folder.split(separator: "\n").last.map { $0 + "/greeter" } ?? ""
  }

  /// Runs `swift` on the package; throws unless it ends well.
  @discardableResult
  static func swift(
    _ arguments: [String], environment: [String: String?] = [:]
  ) async throws -> ChildOutcome {
    let outcome = try await ChildProcess.run(
      "/usr/bin/env",
      ["swift", arguments[0], "--package-path", package, "--scratch-path", scratch]
        + arguments.dropFirst(),
      environment: environment, within: buildLimit)
    guard outcome.exit.isSuccess else { throw SwiftFailed(description: outcome.description) }
    return outcome
  }

  struct SwiftFailed: Error, CustomStringConvertible {
    let description: String
  }
}
