import ArgumentParser

/// The command line of Berth.
@main
struct Berth: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "berth",
    abstract: "Deploy Dockerized models onto clusters of CPU, memory and GPU.",
    discussion: """
      Begin with `berth signup NAME`, then `berth org create` or `berth org join CODE`, \
      `berth cluster create`, and `berth deploy IMAGE`.

      The server's address and CA come from --address and --ca, from BERTH_ADDRESS and BERTH_CA, \
      or from the context of the last login (~/.config/berth, or BERTH_CONFIG_HOME).

      Exit status: 0 success, 1 failure, 64 wrong usage, 65 a field the server refuses, \
      66 not found, 69 the server is away, 73 exists already or the state forbids it, \
      75 try again later, 77 not logged in or not allowed.
      """,
    version: BerthVersion.current,
    subcommands: [
      Signup.self, Login.self, Logout.self, WhoAmI.self, Users.self, Contexts.self, Org.self,
      ClusterCommand.self, Deploy.self, Deployments.self, Get.self, Explain.self, Events.self,
      Update.self, Cancel.self, Complete.self, Logs.self, Watch.self, Queue.self,
      Top.self,
      PriorityClasses.self, ServiceAccounts.self, Admin.self, Health.self, Version.self,
      Call.self, Describe.self, Bench.self, Simulate.self,
    ])

  static func main() async {
    let arguments = GlobalArguments.behindSubcommand(Array(CommandLine.arguments.dropFirst()))
    do {
      try await CommandTracing.run(arguments) {
        var command = try parseAsRoot(arguments)
        if var command = command as? any AsyncParsableCommand {
          try await command.run()
        } else {
          try command.run()
        }
      }
    } catch {
      Failure.exit(error)
    }
  }
}

/// `berth -o json org list` reads as `berth org list -o json`.
enum GlobalArguments {
  private static let withValue: Set<String> = [
    "-o", "--output", "--context", "--address", "--ca", "--server-name", "--token-file",
    "--timeout",
  ]

  /// Moves the global options that stand before the subcommand behind everything but what follows
  /// `--`.
  static func behindSubcommand(_ arguments: [String]) -> [String] {
    var leading: [String] = []
    var rest = arguments[...]
    while let first = rest.first {
      if withValue.contains(first), rest.count >= 2 {
        leading += rest.prefix(2)
        rest = rest.dropFirst(2)
      } else if let name = first.split(separator: "=").first, first.contains("="),
        withValue.contains(String(name))
      {
        leading.append(first)
        rest = rest.dropFirst()
      } else {
        break
      }
    }
    guard !leading.isEmpty, !rest.isEmpty else { return arguments }
    let end = rest.firstIndex(of: "--") ?? rest.endIndex
    return rest[..<end] + leading + rest[end...]
  }
}
