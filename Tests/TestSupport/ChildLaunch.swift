import Foundation
import Synchronization

/// What to start and how; `spawn` does it.
struct ChildLaunch: Sendable {
  /// The running child and the test's ends of its pipes.
  struct Started: Sendable {
    let processID: Int32
    let standardInput: Int32
    let standardOutput: Int32
    let standardError: Int32
  }

  let program: String
  let arguments: [String]
  let environment: [String: String?]
  let folder: String?

  /// Between making a pipe and marking it close-on-exec no other child may be started.
  private static let spawning = Mutex(())

  /// Starts the child so that the kernel ends it when the calling thread ends.
  func spawn() throws(ChildProcessError) -> Started {
    try Self.spawning.withLock { (_: inout ()) throws(ChildProcessError) in try spawnAlone() }
  }

  private func spawnAlone() throws(ChildProcessError) -> Started {
    guard FileManager.default.isExecutableFile(atPath: program) else {
      throw .notStarted(program: program, code: ENOENT)
    }
    let input = try pipe()
    let output = try pipe()
    let error = try pipe()
    defer { for end in [input.read, output.write, error.write] { close(end) } }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input.read, 0)
    posix_spawn_file_actions_adddup2(&actions, output.write, 1)
    posix_spawn_file_actions_adddup2(&actions, error.write, 2)
    var processID: Int32 = 0
    let code = call(&actions, &processID)
    guard code == 0 else {
      for end in [input.write, output.read, error.read] { close(end) }
      throw .notStarted(program: program, code: code)
    }
    return Started(
      processID: processID, standardInput: input.write, standardOutput: output.read,
      standardError: error.read)
  }

  private func call(
    _ actions: UnsafePointer<posix_spawn_file_actions_t>, _ processID: inout Int32
  ) -> Int32 {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // The test runner ignores SIGPIPE and may block signals; the child starts as from a shell.
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigaddset(&signals, SIGPIPE)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))
    // setpriv and env replace themselves by the program: the process id is the program's.
    let setpriv = "/usr/bin/setpriv"
    let change = folder.map { ["/usr/bin/env", "--chdir", $0] } ?? []
    let words = [setpriv, "--pdeathsig", "KILL", "--"] + change + [program] + arguments
    return withStrings(words) { words in
      withStrings(mergedEnvironment) { environment in
        posix_spawn(&processID, setpriv, actions, &attributes, words, environment)
      }
    }
  }

  private var mergedEnvironment: [String] {
    var merged = ProcessInfo.processInfo.environment
    for (name, value) in environment { merged[name] = value }
    return merged.map { "\($0.key)=\($0.value)" }
  }

  private func pipe() throws(ChildProcessError) -> (read: Int32, write: Int32) {
    var ends: [Int32] = [0, 0]
    guard Glibc.pipe(&ends) == 0 else {
      throw .notStarted(program: program, code: errno)
    }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  /// Lends `strings` as C's array of strings with its closing null pointer.
  private func withStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    let copies: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) } + [nil]
    defer { for copy in copies { free(copy) } }
    return copies.withUnsafeBufferPointer { body($0.baseAddress!) }
  }
}
