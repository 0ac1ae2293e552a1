import ArgumentParser
import RPCClient

/// `berth health`
struct Health: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Ask whether the server can serve; fails if not.")
  @OptionGroup var common: CommonOptions
  @Argument(help: "A service's full name. Default: the server as a whole.") var service: String = ""

  func run() async throws {
    let session = try await Session.open(common, requiresLogin: false)
    let answer = try await HealthServiceClient(session.channel).check(
      HealthCheckRequest(service: service), options: session.call)
    if common.output == .json {
      common.printJSON(answer)
    } else {
      Terminal.print(Self.word(answer.status))
      for component in answer.components {
        Terminal.print("  \(component.name): \(Self.word(component.status)) \(component.detail)")
      }
    }
    if answer.status != .serving { throw ExitCode(69) }
  }

  private static func word(_ status: HealthCheckResponse.Status) -> String {
    switch status {
    case .serving: Terminal.coloured("serving", .green)
    case .notServing: Terminal.coloured("not serving", .red)
    default: "unknown"
    }
  }
}

/// `berth version`
struct Version: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show the versions of this program and of the server.")
  @OptionGroup var common: CommonOptions

  func run() async throws {
    let session = try await Session.open(common, requiresLogin: false)
    let answer = try await AdminServiceClient(session.channel).version(
      VersionRequest(), options: session.call)
    common.report(answer) {
      """
      client \(BerthVersion.current)
      server \(answer.version), protocol \(answer.protocol), schema \(answer.schemaVersion)
      """
    }
  }
}

/// `berth admin`
struct Admin: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "For operators: a SuperAdmin's token is needed (--token-file).",
    subcommands: [
      SchedulerStatus.self, Check.self, Initialize.self, Trigger.self, SetQuota.self,
      SetShards.self,
    ])
}

extension Admin {
  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Ask the database whether the invariants I1 to I8 hold; exits with 1 if not.")
    @OptionGroup var common: CommonOptions

    func run() async throws {
      let session = try await Session.open(common)
      let answer = try await AdminServiceClient(session.channel).checkInvariants(
        CheckInvariantsRequest(), options: session.call)
      if common.output == .json || answer.violations.isEmpty {
        common.report(answer) { "Every invariant holds." }
      } else {
        var table = Table("INVARIANT", "SUBJECT", "VIOLATION")
        for violation in answer.violations {
          table.add(violation.invariant, violation.subject.printable, violation.detail.printable)
        }
        table.print()
      }
      if !answer.violations.isEmpty { throw ExitCode(1) }
    }
  }

  struct Initialize: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "initialize-database", abstract: "Run migrations that have not run.")
    @OptionGroup var common: CommonOptions

    func run() async throws {
      let session = try await Session.open(common)
      let answer = try await AdminServiceClient(session.channel).initializeDatabase(
        InitializeDatabaseRequest(), options: session.call)
      common.report(answer) {
        let applied =
          answer.applied.isEmpty ? "nothing to do" : answer.applied.joined(separator: ", ")
        return "schema \(answer.schemaVersion): \(applied)"
      }
    }
  }

  struct Trigger: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Wake the scheduler now.")
    @OptionGroup var common: CommonOptions

    func run() async throws {
      let session = try await Session.open(common)
      let answer = try await AdminServiceClient(session.channel).triggerScheduler(
        TriggerSchedulerRequest(), options: session.call)
      common.report(answer) { "Woken." }
    }
  }
}
