import RPCClient

extension CommonOptions {
  /// Prints an answer: words in the table format, protobuf's JSON otherwise.
  func report(_ message: some Message, _ words: () -> String) {
    if output == .json {
      printJSON(message)
    } else {
      Terminal.print(words())
    }
  }

  /// Prints protobuf's JSON with the fields that have their default value, so that scripts find
  /// them.
  func printJSON(_ message: some Message) {
    Terminal.print(message.jsonString(JSONOptions(includesDefaults: true)))
  }
}
