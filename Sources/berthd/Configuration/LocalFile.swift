import Glibc

/// Small files that configuration names: read whole, written once.
enum LocalFile {
  /// No file of ours is larger.
  private static let sizeLimit = 1 << 20

  /// Nil if it cannot be read, is larger than 1 MiB or is not UTF-8.
  static func read(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 8_192)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { break }
      bytes += buffer.prefix(count)
      if bytes.count > sizeLimit { return nil }
    }
    return ferror(file) == 0 ? String(validating: bytes, as: UTF8.self) : nil
  }

  /// Whether something is there.
  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Writes under another name and renames, so that a reader never sees half of it. Returns the
  /// problem's words.
  static func write(_ text: String, to path: String, mode: mode_t) -> String? {
    let temporary = "\(path).\(getpid())"
    // What a process of the same number left is not written into: it may be another's, or readable
    // by more than `mode` lets.
    unlink(temporary)
    let descriptor = open(temporary, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, mode)
    guard descriptor >= 0 else { return String(cString: strerror(errno)) }
    let bytes = Array(text.utf8)
    let written = Glibc.write(descriptor, bytes, bytes.count)
    close(descriptor)
    guard written == bytes.count, rename(temporary, path) == 0 else {
      let problem = String(cString: strerror(errno))
      unlink(temporary)
      return problem
    }
    return nil
  }
}
