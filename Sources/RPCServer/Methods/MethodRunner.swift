import Messages

/// Runs the calls of one method on one loop. Confined to that loop.
class MethodRunner: @unchecked Sendable {
  // @unchecked: confined to its loop; the lets are Sendable.
  let method: MethodDescriptor
  /// Owns the runner too, until it ends.
  let loop: ServerLoop

  /// Which of the server's methods it is, by path. Set before the first call.
  var index = 0

  init(method: MethodDescriptor, loop: ServerLoop) {
    self.method = method
    self.loop = loop
  }

  var isUnary: Bool { !method.requestStreaming && !method.responseStreaming }

  /// Takes a call that was let in, or whose admission is pending. `message` is lent for the call.
  func begin(_ call: ServerCall, message: UnsafeRawBufferPointer?, end: Bool) {
    preconditionFailure("a runner of no kind")
  }
}
