import Foundation
import Synchronization

/// The test's end of a child's standard input.
final class ChildInput: Sendable {
  private let descriptor: Mutex<Int32?>
  private let queue = DispatchQueue(label: "berth-test-input")

  init(owning descriptor: Int32) {
    self.descriptor = Mutex(descriptor)
  }

  /// Writes in the background, in the order of the calls; a child that has closed its end loses it.
  func write(_ text: String, thenClose: Bool) {
    queue.async { [self] in
      descriptor.withLock { descriptor in
        guard let open = descriptor else { return }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
          let count = rest.withUnsafeBytes { Glibc.write(open, $0.baseAddress, $0.count) }
          guard count > 0 || errno == EINTR else { break }
          rest = rest.dropFirst(max(count, 0))
        }
        guard thenClose else { return }
        Glibc.close(open)
        descriptor = nil
      }
    }
  }

  func close() { write("", thenClose: true) }
}
