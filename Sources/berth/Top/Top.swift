import ArgumentParser
import Foundation
import RPCClient

/// `berth top`
struct Top: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show the queue, clusters and what runs, live, on the whole terminal.",
    discussion: """
      Changes come as they happen; clusters and, for administrators (--token-file), the scheduler \
      are asked for at an interval. `?` shows the keys, `q` ends it. It connects again where the \
      server was away. NO_COLOR takes the colours away.

      With --once, or for scripts: `berth queue`, `berth deployments` and `berth cluster list`, \
      which know -o json.
      """)
  @OptionGroup var common: CommonOptions
  @Option(name: .long, help: "Only this organization's. Default: all that you may see.")
  var org: String?
  @Option(help: "Seconds between two questions for clusters and scheduler, from 1 to 60.")
  var interval: Int = 2
  @Flag(help: "Print what there is now, once, and end; needs no terminal.") var once = false

  func validate() throws {
    guard 1...60 ~= interval else { throw ValidationError("--interval must be 1 to 60 seconds.") }
    guard common.output == .table else {
      throw ValidationError(
        "-o json: berth top draws. Use `berth queue -o json`, `berth deployments -o json` or "
          + "`berth watch -o json`.")
    }
  }

  func run() async throws {
    let screen = once ? nil : try TerminalScreen()
    let session = try await Session.open(common)
    let organization = org == nil ? nil : try await session.organization(org)
    var model = TopModel(
      address: "\(session.channel.target)", organization: organization, now: TopView.now)
    if let size = TerminalScreen.size {
      model.resize(width: size.width, height: size.height)
    } else if let width = ProcessInfo.processInfo.environment["COLUMNS"].flatMap({ Int($0) }) {
      model.resize(width: width, height: model.height)
    }
    guard let screen else { return try await print(model, session) }
    let view = TopView(model, on: screen)
    let signals = TerminalSignals()
    screen.take()
    let ending: Int32
    do {
      ending = try await follow(view, session, signals)
    } catch {
      screen.giveBack()
      throw error
    }
    screen.giveBack()
    if ending != 0 { throw ExitCode(ending) }
  }

  /// Until a key or a signal ends it; returns the status to exit with.
  private func follow(
    _ view: TopView, _ session: Session, _ signals: TerminalSignals
  ) async throws -> Int32 {
    try await withThrowingTaskGroup(of: Int32.self) { group in
      group.addTask {
        for await key in Keyboard().keys where await !view.press(key) { return 0 }
        // The terminal is gone.
        return 128 + SIGHUP
      }
      group.addTask {
        for await signal in signals.signals {
          if let status = signal.exitStatus { return status }
          switch signal {
          case .stop: await view.suspend()
          case .resume: await view.resume()
          default: await view.resize()
          }
        }
        return 0
      }
      group.addTask {
        try await TopFeed(session: session, interval: .seconds(interval), view: view).run()
        return 0
      }
      group.addTask {
        try await view.drawing()
        return 0
      }
      let status = try await group.next() ?? 0
      group.cancelAll()
      return status
    }
  }

  /// What there is now, as text.
  private func print(_ model: TopModel, _ session: Session) async throws {
    let view = TopView(model, on: nil)
    try await TopFeed(session: session, interval: .seconds(interval), view: view).load()
    for line in await view.page(hasColour: Terminal.hasColour) { Terminal.print(line) }
  }
}
