import Foundation
import Synchronization

/// The terminal as a screen: it is taken, drawn on and given back as it was. Whoever takes it gives
/// it back; should the program crash, a signal handler does.
final class TerminalScreen: Sendable {
  private struct State {
    var shown: Frame?
    var isTaken = false
  }

  private let original: termios
  private let hasColour: Bool
  private let state = Mutex(State())

  private static let enter = "\u{1b}[?1049h\u{1b}[?25l\u{1b}[2J"
  private static let leave = "\u{1b}[0m\u{1b}[?25h\u{1b}[?1049l"

  /// The terminal that standard input and output are.
  init() throws {
    let environment = ProcessInfo.processInfo.environment
    guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else {
      throw Self.failure("standard input and output are no terminal")
    }
    guard let kind = environment["TERM"], !kind.isEmpty, kind != "dumb" else {
      throw Self.failure(
        "this terminal (TERM is \"\(environment["TERM"] ?? "")\") cannot be drawn on")
    }
    var settings = termios()
    guard tcgetattr(STDIN_FILENO, &settings) == 0 else {
      throw Self.failure("the terminal does not tell its settings")
    }
    original = settings
    hasColour = Terminal.hasColour
  }

  private static func failure(_ reason: String) -> Failure {
    Failure(
      "\(reason): use `berth top --once`, or `berth queue`, `berth cluster list` and `berth watch`, "
        + "all with -o json for scripts", status: 64)
  }

  /// Columns and rows.
  static var size: (width: Int, height: Int)? {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0
    else { return nil }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  /// Takes the screen; what it showed comes back with `giveBack`.
  func take() {
    state.withLock { state in
      var settings = original
      cfmakeraw(&settings)
      tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings)
      CrashRestoring.arm(original)
      Terminal.write(Array(Self.enter.utf8), toError: false)
      state = State(shown: nil, isTaken: true)
    }
  }

  func giveBack() {
    state.withLock { state in
      guard state.isTaken else { return }
      Terminal.write(Array(Self.leave.utf8), toError: false)
      var settings = original
      tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings)
      CrashRestoring.disarm()
      state.isTaken = false
    }
  }

  /// Writes what is different from what is shown.
  func show(_ frame: Frame) {
    state.withLock { state in
      guard state.isTaken else { return }
      let output = FrameDiff.output(from: state.shown, to: frame, hasColour: hasColour)
      state.shown = frame
      if !output.isEmpty { Terminal.write(Array(output.utf8), toError: false) }
    }
  }

  /// What is shown is not known any more: the next frame is written whole.
  func forget() { state.withLock { $0.shown = nil } }
}
