import Foundation

/// Gives the terminal back where the program ends by a fault of its own.
enum CrashRestoring {
  private static let signals = [SIGILL, SIGTRAP, SIGABRT, SIGSEGV, SIGBUS, SIGFPE]

  // Written by `arm` before the handlers are there, on one thread; then only read, by a handler.
  nonisolated(unsafe) private static var settings = termios()

  static func arm(_ original: termios) {
    settings = original
    for number in signals {
      signal(number) { number in
        // Nothing but what POSIX lets a signal handler do.
        let leave: StaticString = "\u{1b}[0m\u{1b}[?25h\u{1b}[?1049l"
        _ = Foundation.write(STDOUT_FILENO, leave.utf8Start, leave.utf8CodeUnitCount)
        tcsetattr(STDIN_FILENO, TCSANOW, &CrashRestoring.settings)
        signal(number, SIG_DFL)
        raise(number)
      }
    }
  }

  static func disarm() {
    for number in signals { signal(number, SIG_DFL) }
  }
}
