import ArgumentParser
import Descriptors
import RPCClient

/// `berth describe`
struct Describe: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show a server's services, or one of its services, methods or messages as .proto.",
    discussion: """
      It asks the server, so it also knows services that this program was not made for. Without a \
      name it lists the services. With one it prints a .proto file that stands by itself: the \
      service, method, message or enum, and every type of its package that it needs.

      Examples: berth describe
                berth describe berth.v1.ClusterService/GetCluster > cluster.proto
      """)
  @OptionGroup var common: CommonOptions
  @Argument(help: "SERVICE, SERVICE/METHOD, MESSAGE or ENUM, by its full name.") var name: String?

  func run() async throws {
    let session = try await Session.open(common, requiresLogin: false)
    let reflection = ReflectionServiceClient(session.channel)
    guard let name else {
      let answer = try await reflection.listServices(
        ListServicesRequest(), options: session.call)
      return common.report(answer) { Self.list(answer.services) }
    }
    let answer = try await reflection.getDescriptors(
      GetDescriptorsRequest(subject: .symbol(name)), options: session.call)
    if common.output == .json { return common.printJSON(answer) }
    Terminal.write(Array(try Self.source(of: name, answer.files).utf8), toError: false)
  }

  private static func list(_ services: [ListServicesResponse.Service]) -> String {
    services.map { service in
      let methods = service.methods.map { method in
        let input = (method.requestStreaming ? "stream " : "") + method.input
        let output = (method.responseStreaming ? "stream " : "") + method.output
        return "  \(method.name)(\(input)) returns (\(output))".printable
      }
      return ([service.name.printable] + methods).joined(separator: "\n")
    }.joined(separator: "\n")
  }

  private static func source(of name: String, _ files: [[UInt8]]) throws -> String {
    guard files.count <= DescriptorLimits.files else {
      throw Failure("the server answered with \(files.count) files", status: 76)
    }
    do throws(DescriptorError) {
      var index = DescriptorIndex()
      for file in files { index.add(try Proto.File(decoding: file)) }
      return try ProtoPrinter.source(of: name, in: index)
    } catch {
      throw Failure("\(name): \(error)", status: 76)
    }
  }
}
