import Glibc

/// What this process uses of its machine, as Linux tells in `/proc/self`.
package struct ProcessUse: Sendable {
  /// User and system time of all threads.
  package let cpuTime: Duration
  package let residentBytes: Int64
  package let virtualBytes: Int64
  package let threads: Int64
  package let openFiles: Int64
  package let maxFiles: Int64

  /// Nil: the system does not say.
  package static func now() -> ProcessUse? {
    var usage = rusage()
    var files = rlimit()
    guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0,
      getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files) == 0,
      let memory = text(of: "/proc/self/statm"), let open = openFileCount()
    else { return nil }
    let pages = memory.split(separator: " ").compactMap { Int64($0) }
    guard pages.count > 1, let threads = threadCount() else { return nil }
    let pageBytes = Int64(sysconf(Int32(_SC_PAGESIZE)))
    return ProcessUse(
      cpuTime: duration(usage.ru_utime) + duration(usage.ru_stime),
      residentBytes: pages[1] * pageBytes, virtualBytes: pages[0] * pageBytes, threads: threads,
      openFiles: open, maxFiles: Int64(clamping: files.rlim_cur))
  }

  private static func duration(_ time: timeval) -> Duration {
    .seconds(Int64(time.tv_sec)) + .microseconds(Int64(time.tv_usec))
  }

  private static func threadCount() -> Int64? {
    let line = text(of: "/proc/self/status")?.split(separator: "\n")
      .first { $0.hasPrefix("Threads:") }
    return line?.split(separator: "\t").last.flatMap { Int64($0) }
  }

  /// Without the one that it counts with.
  private static func openFileCount() -> Int64? {
    guard let folder = opendir("/proc/self/fd") else { return nil }
    defer { closedir(folder) }
    var count: Int64 = 0
    while let entry = readdir(folder) {
      if entry.pointee.d_name.0 != Int8(bitPattern: UInt8(ascii: ".")) { count += 1 }
    }
    return max(0, count - 1)
  }

  /// Up to a page of a file.
  private static func text(of path: String) -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    let bytes = [UInt8](unsafeUninitializedCapacity: 4_096) { buffer, count in
      count = max(0, read(file, buffer.baseAddress, buffer.count))
    }
    return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
  }
}
