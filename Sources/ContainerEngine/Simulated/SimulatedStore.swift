import Foundation
import Logging

/// Keeps simulated containers in a folder, one JSON file each, so that they outlast the process.
///
/// Files are a few hundred bytes and are not synced: after a crash of the host a container may be
/// missing, as its processes would be.
struct SimulatedStore: Sendable {
  private let folder: URL

  /// Opens the folder, making it where it is missing. Throws `failed`.
  init(folder: String) throws(EngineError) {
    self.folder = URL(fileURLWithPath: folder, isDirectory: true)
    do {
      try FileManager.default.createDirectory(
        at: self.folder, withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
    } catch {
      throw EngineError(.failed, "\(folder) cannot be made: \(error.localizedDescription)")
    }
  }

  /// Every container. A file that cannot be read is put aside, not lost.
  func load(logger: Logger) throws(EngineError) -> [SimulatedContainer] {
    let files: [URL]
    do {
      files = try FileManager.default.contentsOfDirectory(
        at: folder, includingPropertiesForKeys: nil)
    } catch {
      throw EngineError(
        .failed, "\(folder.path) cannot be read: \(error.localizedDescription)")
    }
    return files.filter { $0.pathExtension == "json" }.compactMap { file in
      do {
        return try JSONDecoder().decode(SimulatedContainer.self, from: Data(contentsOf: file))
      } catch {
        logger.warning(
          "a simulated container's file is damaged and put aside",
          metadata: ["file": "\(file.path)", "error": "\(error)"])
        try? FileManager.default.moveItem(at: file, to: file.appendingPathExtension("damaged"))
        return nil
      }
    }
  }

  func save(_ container: SimulatedContainer) throws(EngineError) {
    let file = file(of: container.key)
    do {
      try JSONEncoder().encode(container).write(to: file, options: .atomic)
    } catch {
      throw EngineError(
        .failed, "\(file.path) cannot be written: \(error.localizedDescription)")
    }
  }

  func remove(_ key: ContainerKey) {
    try? FileManager.default.removeItem(at: file(of: key))
  }

  private func file(of key: ContainerKey) -> URL {
    folder.appendingPathComponent("\(key.deployment).\(key.attempt).json")
  }
}
