import Messages
import Wire

/// What all attempts of one call have in common.
struct CallPlan: Sendable {
  let core: ChannelCore
  let method: MethodDescriptor
  let options: CallOptions
  let deadline: ContinuousClock.Instant?

  init(core: ChannelCore, method: MethodDescriptor, options: CallOptions) {
    self.core = core
    self.method = method
    self.options = options
    let isUnary = !method.requestStreaming && !method.responseStreaming
    let timeout = options.deadline ?? (isUnary ? core.options.unaryDeadline : nil)
    deadline = timeout.map { ContinuousClock.now + min(max($0, .zero), Self.longestTimeout) }
  }

  /// A thousand years: for ever, but far from the end of the clock.
  private static let longestTimeout = Duration.seconds(31_536_000_000)
}
