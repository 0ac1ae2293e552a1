import Foundation
import Glibc

/// What this process holds.
package struct ProcessUse: Sendable, CustomStringConvertible {
  package let descriptors: Int
  /// Memory that is resident once the allocator has given back what it can.
  package let residentBytes: Int

  /// The numbers of what is open.
  package static func openDescriptors() throws -> [Int32] {
    try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { Int32($0) }
  }

  /// Measures, and has the allocator give back what it can before.
  package static func measure() async throws -> ProcessUse {
    // The first sleep of a process makes descriptors for its timers, which stay.
    try await Task.sleep(for: .milliseconds(1))
    trimAllocator()
    // The folder's own descriptor is among them, each time.
    let descriptors = try openDescriptors().count
    let words = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(
      separator: " ")
    let pages = words.count > 1 ? Int(words[1]) ?? 0 : 0
    return ProcessUse(descriptors: descriptors, residentBytes: pages * Int(getpagesize()))
  }

  /// `malloc_trim`, which no module of the toolchain declares.
  private static func trimAllocator() {
    guard let symbol = dlsym(nil, "malloc_trim") else { return }
    typealias Trim = @convention(c) (Int) -> Int32
    _ = unsafeBitCast(symbol, to: Trim.self)(0)
  }

  package var description: String { "\(descriptors) descriptors, \(residentBytes >> 10) KiB" }
}
