/// A value that is missing or bad: one line that names it and says what it must be.
struct ConfigurationError: Error, CustomStringConvertible {
  let description: String

  init(_ name: String, _ problem: String) { description = "\(name): \(problem)" }
}
