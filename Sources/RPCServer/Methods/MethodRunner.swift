import Glibc
import Messages

/// Runs the calls of one method on one loop. Confined to that loop.
class MethodRunner: @unchecked Sendable {
  // @unchecked: confined to its loop; the lets are Sendable.
  let method: MethodDescriptor
  private let path: ContiguousArray<UInt8>
  // unsafe: the loop owns its runners, and whoever has a call of theirs has the loop.
  private let loopReference: Unmanaged<ServerLoop>

  /// Which of the server's methods it is, by path. Set before the first call.
  var index = 0

  init(method: MethodDescriptor, loop: ServerLoop) {
    self.method = method
    path = ContiguousArray(method.path.utf8)
    loopReference = .passUnretained(loop)
  }

  var loop: ServerLoop { loopReference.takeUnretainedValue() }

  /// `loop` without counting a reference.
  final func withLoop<R>(_ body: (ServerLoop) -> R) -> R {
    loopReference._withUnsafeGuaranteedRef { body($0) }
  }

  final func withPath<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    path.withUnsafeBytes { body($0) }
  }

  /// Whether these are the bytes of its method's path.
  final func hasPath(_ bytes: UnsafeRawBufferPointer) -> Bool {
    path.withUnsafeBytes {
      $0.count == bytes.count && memcmp($0.baseAddress!, bytes.baseAddress!, bytes.count) == 0
    }
  }

  var isUnary: Bool { !method.requestStreaming && !method.responseStreaming }

  /// Takes a call that was let in, or whose admission is pending: retained, and now the runner's to
  /// release. `message` is lent for this function.
  func begin(
    owning reference: Unmanaged<ServerCall>, message: UnsafeRawBufferPointer?, end: Bool
  ) {
    preconditionFailure("a runner of no kind")
  }
}
