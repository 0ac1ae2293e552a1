import Foundation

/// Times single durable commits by one psql session, whose clock runs from the statement's sending
/// to the answer.
struct CommitTimer {
  let databaseURL: String

  func run(count: Int) async throws -> [Duration] {
    let insert = "INSERT INTO benchmark_commits VALUES (1);\n"
    let script =
      """
      SHOW fsync; SHOW synchronous_commit;
      CREATE TABLE benchmark_commits (value integer);
      \\timing on

      """ + String(repeating: insert, count: count)
      + "\\timing off\nDROP TABLE benchmark_commits;\n"
    let output = try psql(script)
    let lines = output.split(separator: "\n")
    guard lines.prefix(2) == ["on", "on"] else {
      throw Failure(
        "PostgreSQL does not wait for its disk (fsync, synchronous_commit): \(lines.prefix(2))")
    }
    // "Time: 0.512 ms"
    let times = lines.compactMap { line -> Duration? in
      let words = line.split(separator: " ")
      guard words.count >= 3, words[0] == "Time:", let value = Double(words[1]) else { return nil }
      return .microseconds(Int64(value * 1_000))
    }
    guard times.count == count else {
      throw Failure("psql told \(times.count) times of \(count)")
    }
    return times
  }

  private func psql(_ script: String) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1",
      "--file", "-", databaseURL,
    ]
    let (input, output) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    // A few kilobytes, which the pipe holds; psql reads all before it ends.
    input.fileHandleForWriting.write(Data(script.utf8))
    try input.fileHandleForWriting.close()
    let text = String(
      decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failure("psql ended with status \(process.terminationStatus)")
    }
    return text
  }
}
