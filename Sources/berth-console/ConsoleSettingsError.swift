/// A setting that is missing or wrong, in one line.
struct ConsoleSettingsError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
