/// What a simulated container does over time: a pure function of its specification.
///
/// The command is read as a little script of `echo WORDS`, `sleep SECONDS`, `exit CODE`, `true` and
/// `false`, given directly or by `sh -c`, with `;`, `&&` or line ends between the steps and `>&2`
/// after an echo. Whatever else there is runs until it is stopped and prints a line each second.
/// BERTH_SIM_SECONDS and BERTH_SIM_EXIT_CODE in the environment overrule how long it runs and its
/// exit code; BERTH_SIM_OUT_OF_MEMORY=1 lets it end as if by the kernel.
struct SimulatedProgram: Equatable, Sendable {
  struct Line: Equatable, Sendable {
    var milliseconds: Int64
    var stream: LogChunk.Stream
    var text: String
  }

  /// The lines of its script, by time.
  private(set) var lines: [Line] = []
  /// How long it runs; nil means until it is stopped.
  private(set) var duration: Int64?
  private(set) var exit = ContainerExit(exitCode: 0)

  init(_ spec: ContainerSpec) {
    var script = Script()
    for step in Self.steps(of: spec.command).prefix(EngineLimits.simulatedSteps) {
      script.run(step)
      if script.isOver { break }
    }
    lines = script.lines
    duration = spec.command.isEmpty || script.isEndless ? nil : script.now
    exit.exitCode = script.exitCode
    if let text = spec.environment["BERTH_SIM_SECONDS"], let time = Self.milliseconds(text) {
      duration = time
      lines.removeAll { $0.milliseconds > time }
    }
    if let text = spec.environment["BERTH_SIM_EXIT_CODE"], let code = Int32(text) {
      exit.exitCode = code
    }
    if spec.environment["BERTH_SIM_OUT_OF_MEMORY"] == "1" {
      exit = ContainerExit(exitCode: 137, outOfMemory: true)
    }
  }

  /// How many lines it has printed after so many milliseconds.
  func lineCount(after elapsed: Int64) -> Int {
    guard elapsed >= 0 else { return 0 }
    let scripted = lines.prefix { $0.milliseconds <= elapsed }.count
    guard scripted == lines.count else { return scripted }
    return scripted + Int(max(0, elapsed - tickStart) / 1000)
  }

  /// The line of that index, whenever it is printed; nil after the last.
  func line(at index: Int) -> Line? {
    if index < lines.count { return lines[index] }
    let second = Int64(index - lines.count) + 1
    let time = tickStart + second * 1000
    if let duration, time >= duration { return nil }
    return Line(
      milliseconds: time, stream: .standardOutput, text: "simulated: running, second \(second)")
  }

  private var tickStart: Int64 { lines.last?.milliseconds ?? 0 }

  private static func steps(of command: [String]) -> [String] {
    guard command.count >= 3, command[1] == "-c",
      command[0] == "sh" || command[0].hasSuffix("/sh") || command[0].hasSuffix("/bash")
    else { return [command.joined(separator: " ")] }
    return command[2].split { $0 == ";" || $0 == "\n" || $0 == "&" }.map(String.init)
      .reduce(into: []) { steps, piece in
        // The second half of ">&2" was cut off.
        if let last = steps.last, last.hasSuffix(">") {
          steps[steps.count - 1] = last + "&" + piece
        } else {
          steps.append(piece)
        }
      }
  }

  fileprivate static func milliseconds(_ text: String) -> Int64? {
    guard let seconds = Double(text), seconds >= 0, seconds.isFinite else { return nil }
    let limit = Double(EngineLimits.simulatedMilliseconds)
    return Int64(min(seconds * 1000, limit).rounded())
  }

  /// The script while it is read.
  private struct Script {
    var lines: [Line] = []
    var now: Int64 = 0
    var exitCode: Int32 = 0
    var isEndless = false
    var isOver = false

    mutating func run(_ step: String) {
      var words = step.split(separator: " ").map(String.init)
      var stream = LogChunk.Stream.standardOutput
      if words.last == ">&2" {
        words.removeLast()
        stream = .standardError
      }
      guard let verb = words.first else { return }
      switch (verb.split(separator: "/").last.map(String.init) ?? verb, words.dropFirst().first) {
      case ("echo", _):
        lines.append(Line(milliseconds: now, stream: stream, text: Self.text(words.dropFirst())))
        exitCode = 0
      case ("sleep", let argument?):
        let time = SimulatedProgram.milliseconds(argument) ?? 0
        now = min(now + time, EngineLimits.simulatedMilliseconds)
        exitCode = 0
      case ("exit", let argument):
        exitCode = argument.flatMap(Int32.init) ?? exitCode
        isOver = true
      case ("true", _): exitCode = 0
      case ("false", _): exitCode = 1
      default:
        isEndless = true
        isOver = true
      }
    }

    private static func text(_ words: ArraySlice<String>) -> String {
      words.joined(separator: " ").filter { $0 != "\"" && $0 != "'" }
    }
  }
}
