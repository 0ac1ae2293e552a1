import ArgumentParser
import Foundation
import RPCClient

/// `berth call`
struct Call: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Call any method with JSON.",
    discussion: """
      The request is protobuf's JSON mapping; - reads it from standard input. A method that takes \
      a stream of requests takes one JSON document a line. Answers are printed as JSON, one a line.

      Example: berth call berth.v1.ClusterService/GetCluster '{"id": "0198…"}'
      """)
  @OptionGroup var common: CommonOptions
  @Flag(help: "List the methods instead.") var list = false
  @Argument(help: "SERVICE/METHOD.") var method: String?
  @Argument(help: "The request.") var json: String?

  func run() async throws {
    if list { return Self.printMethods() }
    guard let method else {
      throw ValidationError("Name a method such as berth.v1.UserService/WhoAmI, or use --list.")
    }
    guard let descriptor = Services.method(path: method) else {
      throw Failure("there is no method \(method): `berth call --list` shows them", status: 64)
    }
    let requests = Self.requests(json ?? "{}", isStream: descriptor.requestStreaming)
    let session = try await Session.open(common, requiresLogin: false)
    let answers = try await session.channel.call(
      descriptor, json: requests,
      options: descriptor.responseStreaming ? session.endless : session.call,
      output: JSONOptions(includesDefaults: true))
    for try await answer in answers { Terminal.print(answer) }
  }

  private static func requests(_ text: String, isStream: Bool) -> [String] {
    let text =
      text == "-"
      ? String(decoding: FileHandle.standardInput.readDataToEndOfFile(), as: UTF8.self) : text
    guard isStream else { return [text] }
    return text.split(separator: "\n").map(String.init)
  }

  private static func printMethods() {
    for service in Services.all {
      for method in service.methods {
        let request = method.requestStreaming ? "stream " : ""
        let response = method.responseStreaming ? "stream " : ""
        Terminal.print(
          "\(method.path)(\(request)\(method.input.descriptor.fullName))"
            + " returns (\(response)\(method.output.descriptor.fullName))")
      }
    }
  }
}
