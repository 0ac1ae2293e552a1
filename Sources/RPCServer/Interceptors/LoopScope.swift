import EventLoop
public import Messages

/// One loop of a server, as interceptors see it.
public struct LoopScope: Sendable {
  /// From 0 on.
  public let index: Int
  /// The server's methods, by path: `CallContext.methodIndex` is an index of these.
  public let methods: [MethodDescriptor]
  private let loop: EventLoop

  init(index: Int, methods: [MethodDescriptor], loop: EventLoop) {
    self.index = index
    self.methods = methods
    self.loop = loop
  }

  /// Runs `body` on the loop and returns with its result: for what an interceptor keeps there.
  public func run<R: Sendable>(_ body: @escaping @Sendable () -> R) async -> R {
    await loop.run { body() }
  }
}
