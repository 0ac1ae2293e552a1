import EventLoop

/// A socket on its way from the loop that accepted it to another. Closed if that has ended.
final class AcceptedSocket: @unchecked Sendable {
  // @unchecked: its maker lets go of it before its taker has it.
  private var descriptor: Int32?

  init(owning descriptor: Int32) { self.descriptor = descriptor }

  deinit {
    if let descriptor { Socket.close(descriptor) }
  }

  /// The descriptor, from now on the caller's.
  func take() -> Int32? {
    defer { descriptor = nil }
    return descriptor
  }
}
