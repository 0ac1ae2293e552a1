import Foundation
import Synchronization

/// A program started by a test: its output is collected, it can be signalled and stopped, and it
/// outlives neither the test runner nor this value.
package final class ChildProcess: Sendable {
  package let program: String
  package let processID: Int32

  private let output: ChildOutput
  private let input: ChildInput
  private let ending: ChildEnding

  private init(program: String, started: ChildLaunch.Started, ending: ChildEnding) {
    self.program = program
    self.processID = started.processID
    self.ending = ending
    output = ChildOutput()
    input = ChildInput(owning: started.standardInput)
    output.collect(.standardOutput, from: started.standardOutput)
    output.collect(.standardError, from: started.standardError)
  }

  deinit {
    ending.signal(SIGKILL)
    input.close()
  }

  /// Starts `program` (a path) with `arguments`.
  ///
  /// - Parameters:
  ///   - environment: added to the test runner's own; a nil value takes a variable away.
  ///   - folder: working folder; the test runner's own where nil.
  ///   - input: written to its standard input.
  ///   - keepsInputOpen: whether standard input stays open after `input`, for `write(_:)`.
  package static func start(
    _ program: String, _ arguments: [String] = [], environment: [String: String?] = [:],
    folder: String? = nil, input: String = "", keepsInputOpen: Bool = false
  ) throws(ChildProcessError) -> ChildProcess {
    // A child that reads nothing must not end the test runner.
    Glibc.signal(SIGPIPE, SIG_IGN)
    let launch = ChildLaunch(
      program: program, arguments: arguments, environment: environment, folder: folder)
    let (started, ending) = try ChildEnding.start(launch)
    let child = ChildProcess(program: program, started: started, ending: ending)
    child.input.write(input, thenClose: !keepsInputOpen)
    return child
  }

  /// Runs `program` to its end and returns what it left; kills it and throws after `limit`.
  package static func run(
    _ program: String, _ arguments: [String] = [], environment: [String: String?] = [:],
    folder: String? = nil, input: String = "", within limit: Duration = .seconds(60)
  ) async throws -> ChildOutcome {
    let child = try start(
      program, arguments, environment: environment, folder: folder, input: input)
    return try await child.outcome(within: limit)
  }

  // MARK: Output

  /// Whole lines written to standard output so far.
  package var outputLines: [String] { output.lines(of: .standardOutput) }
  /// Whole lines written to standard error so far.
  package var errorLines: [String] { output.lines(of: .standardError) }
  /// All that was written so far, standard output first.
  package var written: String {
    output.text(of: .standardOutput) + output.text(of: .standardError)
  }

  /// Waits for the first line, of either stream, that `isWanted` accepts, and returns it.
  ///
  /// Throws `ChildProcessError` when the program ends without such a line or `limit` passes.
  @discardableResult
  package func waitForLine(
    _ what: String, within limit: Duration = .seconds(40), where isWanted: (String) -> Bool
  ) async throws -> String {
    let deadline = ContinuousClock.now + limit
    while true {
      // Asked before the lines are, so that a last line written just before the end is seen.
      let hasEnded = exit != nil && output.isComplete
      if let line = (outputLines + errorLines).first(where: isWanted) { return line }
      if hasEnded {
        throw ChildProcessError.endedEarly(
          program: program, outcome: try await outcome(within: .seconds(1)))
      }
      if ContinuousClock.now >= deadline { throw lateness(waitingFor: what) }
      try await Task.sleep(for: .milliseconds(5))
    }
  }

  /// Waits for the first line, of either stream, that contains `text`, and returns it.
  @discardableResult
  package func waitForLine(
    containing text: String, within limit: Duration = .seconds(40)
  ) async throws -> String {
    try await waitForLine("a line with \"\(text)\"", within: limit) { $0.contains(text) }
  }

  // MARK: Input

  /// Writes to standard input, which `start` was told to keep open.
  package func write(_ text: String) { input.write(text, thenClose: false) }

  /// Ends standard input.
  package func closeInput() { input.close() }

  // MARK: Ending

  /// How it ended; nil while it runs.
  package var exit: ChildExit? { ending.exit }

  /// Sends a signal; does nothing once the program ended.
  package func signal(_ number: Int32) { ending.signal(number) }

  /// SIGKILL.
  package func kill() { signal(SIGKILL) }
  /// SIGSTOP: the program stands still, its sockets stay open.
  package func pause() { signal(SIGSTOP) }
  /// SIGCONT, after `pause`.
  package func resume() { signal(SIGCONT) }

  /// Waits for the end; kills the program and throws after `limit`.
  @discardableResult
  package func waitForExit(within limit: Duration = .seconds(40)) async throws -> ChildExit {
    let deadline = ContinuousClock.now + limit
    while true {
      if let exit { return exit }
      if ContinuousClock.now >= deadline {
        kill()
        throw lateness(waitingFor: "its end")
      }
      try await Task.sleep(for: .milliseconds(2))
    }
  }

  /// Waits for the end and for all output; kills the program and throws after `limit`.
  package func outcome(within limit: Duration = .seconds(40)) async throws -> ChildOutcome {
    let exit = try await waitForExit(within: limit)
    // A grandchild may hold the pipes open: its output is not this program's.
    try? await eventually("the end of its output", within: .seconds(1)) { output.isComplete }
    return ChildOutcome(
      exit: exit, standardOutput: output.text(of: .standardOutput),
      standardError: output.text(of: .standardError))
  }

  /// SIGTERM, then waits for the end; kills the program and throws after `limit`.
  @discardableResult
  package func terminate(within limit: Duration = .seconds(40)) async throws -> ChildExit {
    signal(SIGTERM)
    return try await waitForExit(within: limit)
  }

  private func lateness(waitingFor what: String) -> ChildProcessError {
    .deadlineExceeded(program: program, waitingFor: what, written: written)
  }
}
