import Foundation
import Messages
import TestSupport
import Testing

/// A person's machine: the `berth` program with a configuration folder of its own.
final class Workstation: Sendable {
  let home: TemporaryFolder
  private let environment: [String: String?]

  init() throws {
    home = try TemporaryFolder("berth-home")
    environment = [
      "BERTH_CONFIG_HOME": home.file("berth"), "BERTH_ADDRESS": nil,
      "BERTH_CA": nil, "BERTH_TOKEN_FILE": nil, "NO_COLOR": nil,
    ]
  }

  /// Runs `berth` to its end.
  func run(_ arguments: [String], input: String = "") async throws -> ChildOutcome {
    try await ChildProcess.run(
      TestEnvironment.program("berth"), arguments, environment: environment, input: input)
  }

  /// Runs `berth`, expects that exit status, and returns what it printed, without the last line's
  /// end.
  @discardableResult
  func berth(
    _ arguments: String..., input: String = "", exits status: Int32 = 0,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> String {
    let outcome = try await run(arguments, input: input)
    #expect(
      outcome.exit == .exited(status), "berth \(arguments.joined(separator: " ")): \(outcome)",
      sourceLocation: sourceLocation)
    let text = status == 0 ? outcome.standardOutput : outcome.standardError
    return text.trimmingCharacters(in: .newlines)
  }

  /// Runs `berth -o json` and reads the answer.
  func answer<Answer: Message>(
    _ arguments: String..., as: Answer.Type = Answer.self,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> Answer {
    let outcome = try await run(["-o", "json"] + arguments)
    #expect(outcome.exit == .exited(0), "\(outcome)", sourceLocation: sourceLocation)
    do {
      return try Answer(jsonString: outcome.standardOutput)
    } catch {
      Issue.record("\(arguments): \(outcome)", sourceLocation: sourceLocation)
      throw error
    }
  }

  /// Starts `berth` and lets it run.
  func start(_ arguments: String...) throws -> ChildProcess {
    try ChildProcess.start(
      TestEnvironment.program("berth"), arguments, environment: environment)
  }

  /// The permission bits of a file in the configuration folder; of the folder itself for nil.
  func mode(of name: String?) throws -> Int {
    let path = home.file("berth") + (name.map { "/" + $0 } ?? "")
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return try #require(attributes[.posixPermissions] as? NSNumber).intValue
  }
}
