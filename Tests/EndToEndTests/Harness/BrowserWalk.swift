import Foundation
import Messages
import RPCClient
import TestSupport
import Testing

/// `Tests/Browser/walk.py`, a person with a browser at the console, and what it asks for.
struct BrowserWalk {
  /// Five hundred, as the script says.
  private static let manyDeployments = 500

  let stack: Stack
  let console: ConsoleProcess
  let superAdmin: Caller

  /// To its end. Screenshots are left in the folder of the test run; with BERTH_UPDATE_SCREENSHOTS
  /// those of the documentation are made anew.
  func run(within limit: Duration) async throws {
    let walk = try start()
    var agents: [RunningAgent] = []
    var read = 0
    let deadline = ContinuousClock.now + limit
    while walk.exit == nil, ContinuousClock.now < deadline {
      let lines = walk.outputLines
      for line in lines[read...] where line.hasPrefix("ask ") {
        if let agent = try await answer(line.split(separator: " ").dropFirst().map(String.init)) {
          agents.append(agent)
        }
        walk.write("done\n")
      }
      read = lines.count
      try await Task.sleep(for: .milliseconds(20))
    }
    if walk.exit == nil { walk.kill() }
    let outcome = try await walk.outcome(within: .seconds(10))
    #expect(outcome.exit.isSuccess, "\(outcome)")
    #expect(outcome.standardOutput.hasSuffix("the walk is done\n"))
  }

  private func start() throws -> ChildProcess {
    let folder = TestEnvironment.checkout
    var arguments = [
      "\(folder)/Tests/Browser/walk.py", "--console", console.url, "--certificate",
      stack.certificates.server, "--screenshots", "\(folder)/.berth/test/screenshots",
    ]
    if ProcessInfo.processInfo.environment["BERTH_UPDATE_SCREENSHOTS"] != nil {
      arguments += ["--docs", "\(folder)/docs/screenshots"]
    }
    return try ChildProcess.start(
      try TestEnvironment.pythonFolder() + "/bin/python", arguments,
      environment: ["PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"],
      keepsInputOpen: true)
  }

  /// Does what the script asks for; an agent is the caller's to keep.
  private func answer(_ words: [String]) async throws -> RunningAgent? {
    switch (words.first, words.dropFirst().first) {
    case ("attach-agent", let cluster?):
      return try await RunningAgent.start(
        for: cluster, by: superAdmin, on: stack, token: words[words.endIndex - 1])
    case ("stop-berthd", _): _ = try await stack.berthd.terminate()
    case ("start-berthd", _): try await stack.berthd.restart()
    case ("restart-console", _):
      try await console.terminate()
      try await console.restart()
    case ("deploy-many", let cluster?):
      let caller = try await stack.superAdmin()
      for _ in 0..<Self.manyDeployments {
        _ = try await caller.deploy(to: cluster, cpu: 16_000, gpu: 4_000)
      }
    default: Issue.record("the walk asks for \(words)")
    }
    return nil
  }
}
