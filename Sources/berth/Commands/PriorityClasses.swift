import ArgumentParser
import RPCClient

/// `berth priority-class`
struct PriorityClasses: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "priority-class",
    abstract: "Named priorities, and who may preempt whom.",
    subcommands: [List.self, Put.self, Delete.self])
}

extension PriorityClasses {
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the classes, the highest priority first.")
    @OptionGroup var common: CommonOptions

    func run() async throws {
      let session = try await Session.open(common)
      let answer = try await PriorityClassServiceClient(session.channel).listPriorityClasses(
        ListPriorityClassesRequest(), options: session.call)
      guard common.output == .table else { return common.printJSON(answer) }
      var table = Table("NAME", "PRIORITY", "PREEMPTS", "PROTECTION")
      for one in answer.priorityClasses {
        table.add(
          one.name, "\(one.priority)", one.preempts ? "yes" : "no",
          Amounts.span(one.protection ?? ProtobufDuration()))
      }
      table.print()
    }
  }

  struct Put: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a class or replace it; needs a SuperAdmin's token.",
      discussion: "Deployments that exist keep what they took over from it.")
    @OptionGroup var common: CommonOptions
    @Argument(help: "Its name: a-z, 0-9 and hyphens.") var name: String
    @Option(help: "0 to 1000, higher first.") var priority: Int32
    @Flag(help: "Its deployments may send work of lower priority back to the queue.")
    var preempts = false
    @Option(help: "How long its own cannot be preempted once placed: 90s, 5m, 2h, 1d.")
    var protection = "1m"

    func run() async throws {
      let protection = try Amounts.parsedSpan(protection, option: "--protection")
      let session = try await Session.open(common)
      let answer = try await PriorityClassServiceClient(session.channel).putPriorityClass(
        PutPriorityClassRequest(
          name: name, priority: priority, preempts: preempts, protection: protection),
        options: session.call)
      common.report(answer) { "\(name)  priority \(priority)" }
    }
  }

  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Delete a class; needs a SuperAdmin's token.",
      discussion: "Deployments that exist keep what they took over from it.")
    @OptionGroup var common: CommonOptions
    @Argument(help: "Its name.") var name: String

    func run() async throws {
      let session = try await Session.open(common)
      let answer = try await PriorityClassServiceClient(session.channel).deletePriorityClass(
        DeletePriorityClassRequest(name: name), options: session.call)
      common.report(answer) { "Deleted \(name)." }
    }
  }
}
