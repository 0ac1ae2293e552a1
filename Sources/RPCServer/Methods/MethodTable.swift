import Glibc
import Messages

/// Finds a runner by the bytes of a path, without making a string: open addressing, at most half
/// full, made once. Confined to its loop.
struct MethodTable {
  private var runners: ContiguousArray<MethodRunner?>
  private let mask: Int
  private let services: Set<String>

  init(_ runners: [MethodRunner]) {
    var size = 8
    while size < runners.count * 2 { size *= 2 }
    self.runners = ContiguousArray(repeating: nil, count: size)
    mask = size - 1
    services = Set(runners.map(\.method.service))
    for runner in runners {
      var index = runner.withPath { Self.hash($0) } & mask
      while self.runners[index] != nil { index = (index + 1) & mask }
      self.runners[index] = runner
    }
  }

  func runner(_ path: UnsafeRawBufferPointer) -> MethodRunner? {
    var index = Self.hash(path) & mask
    // Ends: at least half of the places are free.
    while let runner = runners[index] {
      if runner.hasPath(path) { return runner }
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
