import Foundation
import TestSupport
import Testing

/// A terminal of a size with a shell in it: tmux's, with a server of its own.
final class TerminalWindow: Sendable {
  /// What is written where the shell is, and nowhere else.
  static let prompt = "shell-is-here$"

  private let folder: TemporaryFolder
  private let environment: [String: String?]

  private init(folder: TemporaryFolder, environment: [String: String?]) {
    self.folder = folder
    self.environment = environment
  }

  static func with<Result>(
    width: Int, height: Int, environment: [String: String],
    _ body: (TerminalWindow) async throws -> Result
  ) async throws -> Result {
    let folder = try TemporaryFolder("tmux")
    let changes: [String: String?] = environment.merging([
      "TMUX": "", "LC_ALL": "C.UTF-8", "TERM": "screen-256color",
    ]) { $1 }
    let window = TerminalWindow(folder: folder, environment: changes)
    try await window.tmux(
      "-f", "/dev/null", "new-session", "-d", "-x", "\(width)", "-y", "\(height)",
      "env PS1='\(prompt)' sh -i")
    let result: Swift.Result<Result, any Error>
    do { result = .success(try await body(window)) } catch {
      let screen = try? await window.screen().joined(separator: "\n")
      Issue.record("the terminal, for the failure that follows:\n\(screen ?? "none")")
      result = .failure(error)
    }
    _ = try? await window.tmux("kill-server")
    return try result.get()
  }

  /// Types keys, by tmux's names of them.
  func press(_ keys: String...) async throws {
    try await run(["send-keys"] + keys)
  }

  /// Types text, then Enter.
  func enter(_ text: String) async throws {
    try await tmux("send-keys", "-l", text)
    try await tmux("send-keys", "Enter")
  }

  func type(_ text: String) async throws { try await tmux("send-keys", "-l", text) }

  func resize(width: Int, height: Int) async throws {
    try await tmux("resize-window", "-x", "\(width)", "-y", "\(height)")
  }

  /// The lines that are shown.
  func screen(styled: Bool = false) async throws -> [String] {
    try await run(["capture-pane", "-p"] + (styled ? ["-e"] : []))
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// What tmux knows of the terminal, by the name of a format.
  func property(_ name: String) async throws -> String {
    try await run(["display-message", "-p", "#{\(name)}"])
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Waits until the lines are as wanted, and returns them.
  @discardableResult
  func wait(
    for what: String, within limit: Duration = .seconds(20),
    until isWanted: ([String]) -> Bool
  ) async throws -> [String] {
    try await eventually(what, within: limit, every: .milliseconds(50)) {
      let lines = try await screen()
      return isWanted(lines) ? lines : nil
    }
  }

  @discardableResult
  func wait(forText text: String, within limit: Duration = .seconds(20)) async throws -> [String] {
    try await wait(for: "\"\(text)\" on the terminal", within: limit) { lines in
      lines.contains { $0.contains(text) }
    }
  }

  @discardableResult
  private func tmux(_ arguments: String...) async throws -> String { try await run(arguments) }

  @discardableResult
  private func run(_ arguments: [String]) async throws -> String {
    let outcome = try await ChildProcess.run(
      "/usr/bin/tmux", ["-S", folder.file("socket")] + arguments, environment: environment)
    #expect(outcome.exit == .exited(0), "tmux \(arguments): \(outcome)")
    return outcome.standardOutput
  }
}
