import Foundation

/// The contexts at rest: one file with mode 0600 in a folder with mode 0700. Writers take a lock,
/// and a reader sees the old file or the new one, never half of it.
struct ContextStore {
  let folder: URL

  private var file: URL { folder.appending(path: "config.json") }
  private var lock: URL { folder.appending(path: "config.lock") }

  /// BERTH_CONFIG_HOME, else XDG_CONFIG_HOME/berth, else ~/.config/berth.
  static func standard() -> ContextStore {
    let environment = ProcessInfo.processInfo.environment
    if let path = environment["BERTH_CONFIG_HOME"], !path.isEmpty {
      return ContextStore(folder: URL(filePath: path))
    }
    if let path = environment["XDG_CONFIG_HOME"], !path.isEmpty {
      return ContextStore(folder: URL(filePath: path).appending(path: "berth"))
    }
    let home = URL(filePath: environment["HOME"] ?? NSHomeDirectory())
    return ContextStore(folder: home.appending(path: ".config/berth"))
  }

  func read() throws -> ContextFile {
    guard FileManager.default.fileExists(atPath: file.path) else { return ContextFile() }
    do {
      return try Self.decoder.decode(ContextFile.self, from: Data(contentsOf: file))
    } catch {
      throw Failure("cannot read \(file.path): \(error.localizedDescription)", status: 1)
    }
  }

  /// Changes the file under the lock.
  @discardableResult
  func update<R>(_ change: (inout ContextFile) throws -> R) throws -> R {
    let lock = try locked()
    defer { close(lock) }
    var contents = try read()
    let result = try change(&contents)
    try write(contents)
    return result
  }

  /// The same for a change that waits for a server; other processes wait meanwhile.
  func updateAsync<R>(_ change: (inout ContextFile) async throws -> R) async throws -> R {
    let lock = try locked()
    defer { close(lock) }
    var contents = try read()
    let result = try await change(&contents)
    try write(contents)
    return result
  }

  /// The lock's descriptor; closing it gives the lock back.
  private func locked() throws -> Int32 {
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let descriptor = open(lock.path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
    guard descriptor >= 0, flock(descriptor, LOCK_EX) == 0 else {
      throw Failure("cannot lock \(lock.path): \(String(cString: strerror(errno)))", status: 1)
    }
    return descriptor
  }

  private func write(_ contents: ContextFile) throws {
    let temporary = folder.appending(path: "config.json.\(getpid())")
    let data = try Self.encoder.encode(contents)
    // The mode is given at creation: the tokens are never readable by others, not for an instant.
    // What an interrupted process left may be another's file: it is not written into.
    unlink(temporary.path)
    let descriptor = open(temporary.path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw Failure(
        "cannot write \(temporary.path): \(String(cString: strerror(errno)))", status: 1)
    }
    try FileHandle(fileDescriptor: descriptor, closeOnDealloc: true).write(contentsOf: data)
    guard rename(temporary.path, file.path) == 0 else {
      throw Failure("cannot replace \(file.path): \(String(cString: strerror(errno)))", status: 1)
    }
  }

  private static let decoder: JSONDecoder = {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .secondsSince1970
    return decoder
  }()

  private static let encoder: JSONEncoder = {
    let encoder = JSONEncoder()
    encoder.dateEncodingStrategy = .secondsSince1970
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    return encoder
  }()
}
