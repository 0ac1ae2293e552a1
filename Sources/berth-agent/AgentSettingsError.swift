/// A setting that is missing or wrong, in one line.
struct AgentSettingsError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
