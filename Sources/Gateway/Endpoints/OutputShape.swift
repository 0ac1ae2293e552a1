/// What an endpoint answers, for its description.
indirect enum OutputShape: Sendable {
  case text(String)
  case number(String)
  case integer(String)
  case flag(String)
  /// ISO 8601.
  case time(String)
  /// A record that several endpoints answer, by its name.
  case record(String, [OutputField])
  case object([OutputField])
  case list(OutputShape)
}

/// One member of what an endpoint answers.
struct OutputField: Sendable {
  let name: String
  let shape: OutputShape

  init(_ name: String, _ shape: OutputShape) {
    self.name = name
    self.shape = shape
  }
}
