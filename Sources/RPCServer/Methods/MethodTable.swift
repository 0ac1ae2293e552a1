import Glibc
import Messages

/// Finds a runner by the bytes of a path, without making a string: open addressing, at most half
/// full, made once. Confined to its loop.
struct MethodTable {
  private struct Entry {
    let path: [UInt8]
    let runner: MethodRunner
  }

  private var entries: [Entry?]
  private let mask: Int
  private let services: Set<String>

  init(_ runners: [MethodRunner]) {
    var size = 8
    while size < runners.count * 2 { size *= 2 }
    entries = Array(repeating: nil, count: size)
    mask = size - 1
    services = Set(runners.map(\.method.service))
    for runner in runners {
      let path = Array(runner.method.path.utf8)
      var index = path.withUnsafeBytes { Self.hash($0) } & mask
      while entries[index] != nil { index = (index + 1) & mask }
      entries[index] = Entry(path: path, runner: runner)
    }
  }

  func runner(_ path: UnsafeRawBufferPointer) -> MethodRunner? {
    var index = Self.hash(path) & mask
    // Ends: at least half of the entries are free.
    while let entry = entries[index] {
      if entry.path.count == path.count,
        entry.path.withUnsafeBytes({ memcmp($0.baseAddress!, path.baseAddress!, path.count) }) == 0
      {
        return entry.runner
      }
      index = (index + 1) & mask
    }
    return nil
  }

  /// What to answer where `runner` found nothing.
  func problem(_ path: String) -> String {
    guard let slash = path.firstIndex(of: "/") else { return "\(path) is not Service/Method" }
    let service = String(path[..<slash])
    let method = path[path.index(after: slash)...]
    return services.contains(service)
      ? "service \(service) has no method \(method)" : "there is no service \(service)"
  }

  /// FNV-1a.
  private static func hash(_ bytes: UnsafeRawBufferPointer) -> Int {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return Int(truncatingIfNeeded: hash >> 1)
  }
}
