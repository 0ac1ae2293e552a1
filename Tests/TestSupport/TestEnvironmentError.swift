/// The tests were started without something that they need.
package enum TestEnvironmentError: Error, CustomStringConvertible {
  /// An environment variable that `make test` sets.
  case missing(String)
  /// A program that the build should have left there.
  case noProgram(String)

  package var description: String {
    switch self {
    case .missing(let name):
      """
      \(name) is not set. Run `make test`; or, to run some tests by hand, \
      `Scripts/test.sh env` starts the private services and prints the assignments.
      """
    case .noProgram(let path):
      "no program at \(path): build first (`swift build --build-tests`), or set BERTH_TEST_BIN"
    }
  }
}
