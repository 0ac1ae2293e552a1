import ArgumentParser
import Foundation

/// Where a password comes from: never the command line, which other users of the machine can read.
struct PasswordInput: ParsableArguments {
  @Option(help: "Read the password from the first line of this file.")
  var passwordFile: String?

  @Flag(help: "Read the password from the first line of standard input.")
  var passwordStdin = false

  func validate() throws {
    if passwordFile != nil, passwordStdin {
      throw ValidationError("Give either --password-file or --password-stdin.")
    }
  }

  /// The password; asked for on the terminal, without echo, when no option names a source.
  func read(confirm: Bool) throws -> String {
    if let passwordFile {
      guard let text = try? String(contentsOfFile: passwordFile, encoding: .utf8) else {
        throw Failure("cannot read the password file \(passwordFile)", status: 64)
      }
      return Self.firstLine(text)
    }
    if passwordStdin { return Swift.readLine(strippingNewline: true) ?? "" }
    guard isatty(STDIN_FILENO) == 1 else {
      throw Failure(
        "no terminal to ask for the password on: use --password-stdin or --password-file",
        status: 64)
    }
    let password = Self.ask("Password: ")
    if confirm, Self.ask("Again: ") != password {
      throw Failure("the two passwords differ", status: 64)
    }
    return password
  }

  private static func firstLine(_ text: String) -> String {
    // Also "\r\n", which is one character.
    String(text.prefix { !$0.isNewline })
  }

  private static func ask(_ prompt: String) -> String {
    Terminal.error(prompt, terminator: "")
    var saved = termios()
    tcgetattr(STDIN_FILENO, &saved)
    var silent = saved
    silent.c_lflag &= ~tcflag_t(ECHO)
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
    defer {
      tcsetattr(STDIN_FILENO, TCSAFLUSH, &saved)
      Terminal.error("")
    }
    return Swift.readLine(strippingNewline: true) ?? ""
  }
}
