import Foundation
import RPCClient

/// Whose deployments are watched.
struct TopScope: Equatable, Sendable {
  /// Nil: all that the caller may see.
  let organization: String?
}

/// The one place where the model, the screen and what comes in meet.
actor TopView {
  private var model: TopModel
  /// Nil where what there is becomes a page.
  private let screen: TerminalScreen?
  private var isDirty = true
  private let scopeContinuation: AsyncStream<TopScope>.Continuation
  private let openedContinuation: AsyncStream<String>.Continuation

  /// What to watch, beginning with the first.
  nonisolated let scopes: AsyncStream<TopScope>
  /// Deployments whose details were opened.
  nonisolated let opened: AsyncStream<String>

  init(_ model: TopModel, on screen: TerminalScreen?) {
    self.model = model
    self.screen = screen
    (scopes, scopeContinuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    (opened, openedContinuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    scopeContinuation.yield(TopScope(organization: model.organization))
  }

  static var now: Int64 { Int64(Date().timeIntervalSince1970) }

  /// Changes what is known; it is drawn with the next frame.
  func update<Result: Sendable>(
    _ change: @Sendable (inout TopData, _ now: Int64) -> Result
  ) -> Result {
    isDirty = true
    let now = Self.now
    return model.update { change(&$0, now) }
  }

  func show(_ details: TopDetails) {
    model.show(details)
    isDirty = true
  }

  /// All of it, as lines of text.
  func page(hasColour: Bool) -> [String] { model.page().lines(hasColour: hasColour) }

  var organization: String? { model.organization }
  var openDeployment: String? { model.openDeployment }
  func deployment(_ id: String) -> Deployment? { model.data.deployment(id) }
  func toExplain() -> [String] { model.toExplain() }

  /// False: the program ends.
  func press(_ key: Key) -> Bool {
    switch model.press(key) {
    case .quit: return false
    case .suspend: suspend()
    case .redraw: screen?.forget()
    case .explain(let id): openedContinuation.yield(id)
    case .watch(let organization): scopeContinuation.yield(TopScope(organization: organization))
    case nil: break
    }
    draw()
    return true
  }

  func resize() {
    if let size = TerminalScreen.size { model.resize(width: size.width, height: size.height) }
    draw()
  }

  /// After the program stood still: the terminal was another's meanwhile.
  func resume() {
    screen?.take()
    resize()
  }

  func suspend() {
    screen?.giveBack()
    // SIGCONT, which ends it, calls `resume`.
    kill(getpid(), SIGSTOP)
  }

  /// Draws what has changed, until it is cancelled.
  func drawing() async throws {
    while true {
      try await Task.sleep(for: TopLimits.drawInterval)
      let now = Self.now
      if now != model.now {
        model.tick(now: now)
        isDirty = true
      }
      if isDirty { draw() }
    }
  }

  private func draw() {
    isDirty = false
    model.settle()
    screen?.show(model.frame())
  }
}
