@preconcurrency import Dispatch
import Foundation

/// What the system tells a program that has a terminal.
final class TerminalSignals: Sendable {
  enum Signal: Int32, CaseIterable {
    case hangUp, interrupt, quit, terminate, stop, resume, resize

    var number: Int32 {
      switch self {
      case .hangUp: SIGHUP
      case .interrupt: SIGINT
      case .quit: SIGQUIT
      case .terminate: SIGTERM
      case .stop: SIGTSTP
      case .resume: SIGCONT
      case .resize: SIGWINCH
      }
    }

    /// What a shell says of a program that the signal ended; nil: it ends none.
    var exitStatus: Int32? {
      switch self {
      case .hangUp, .interrupt, .quit, .terminate: 128 + number
      case .stop, .resume, .resize: nil
      }
    }
  }

  let signals: AsyncStream<Signal>
  private let sources: [any DispatchSourceSignal]

  init() {
    let (signals, continuation) = AsyncStream<Signal>.makeStream(
      bufferingPolicy: .bufferingOldest(TopLimits.waitingKeys))
    self.signals = signals
    let queue = DispatchQueue(label: "signals")
    sources = Signal.allCases.map { signal in
      let source = DispatchSource.makeSignalSource(signal: signal.number, queue: queue)
      source.setEventHandler { continuation.yield(signal) }
      source.resume()
      return source
    }
  }

  deinit { for source in sources { source.cancel() } }
}
