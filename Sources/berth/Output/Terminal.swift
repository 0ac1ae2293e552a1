import Foundation

/// Standard output and error. Colour and progress appear only on a terminal.
enum Terminal {
  static let hasColour: Bool =
    isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
    && ProcessInfo.processInfo.environment["TERM"] != "dumb"

  static let showsProgress = isatty(STDERR_FILENO) == 1

  static func print(_ line: String) {
    write(Array((line + "\n").utf8), toError: false)
  }

  /// Ends the process where nobody reads its output any more, as in `berth deployments | head`:
  /// SIGPIPE, which would, is ignored for the connection's sake.
  static func write(_ bytes: [UInt8], toError: Bool) {
    let descriptor = toError ? STDERR_FILENO : STDOUT_FILENO
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&waiting, 1, -1)
      } else if errno != EINTR {
        if toError { return }
        if errno == EPIPE { Foundation.exit(brokenPipeStatus) }
        error("berth: cannot write the output: \(String(cString: strerror(errno)))")
        Foundation.exit(outputStatus)
      }
    }
  }

  /// What a shell says of a program that SIGPIPE ended.
  private static let brokenPipeStatus: Int32 = 141
  /// EX_IOERR of sysexits(3).
  private static let outputStatus: Int32 = 74

  static func error(_ text: String, terminator: String = "\n") {
    write(Array((text + terminator).utf8), toError: true)
  }

  /// A line about what is going on, for people who wait.
  static func progress(_ text: String) {
    if showsProgress { error(text) }
  }

  static func coloured(_ text: String, _ colour: Colour) -> String {
    hasColour ? "\u{1b}[\(colour.rawValue)m\(text)\u{1b}[0m" : text
  }

  enum Colour: Int {
    case red = 31
    case green = 32
    case yellow = 33
    case blue = 34
    case grey = 90
  }
}
