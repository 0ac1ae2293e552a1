/// All that a finished child process left.
package struct ChildOutcome: Sendable, CustomStringConvertible {
  package let exit: ChildExit
  package let standardOutput: String
  package let standardError: String

  package var description: String {
    "\(exit)\n--- stdout\n\(standardOutput)\n--- stderr\n\(standardError)"
  }
}
