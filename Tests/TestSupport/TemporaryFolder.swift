import Foundation

/// A folder of its own for one test, removed with its content when the value goes away.
package final class TemporaryFolder: Sendable {
  package let path: String

  /// Makes the folder with mode 0700; its path is short enough for a UNIX socket in it.
  package init(_ prefix: String = "berth-test") throws {
    let template = Array("/tmp/\(prefix)-XXXXXX".utf8CString)
    path = try template.withUnsafeBufferPointer { buffer throws(SystemCallError) in
      let copy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: buffer.count)
      defer { copy.deallocate() }
      _ = copy.initialize(from: buffer)
      guard let made = mkdtemp(copy.baseAddress!) else { throw SystemCallError("mkdtemp") }
      return String(cString: made)
    }
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// Path of `name` inside the folder.
  package func file(_ name: String) -> String { path + "/" + name }

  /// Writes a file with the given mode and returns its path.
  @discardableResult
  package func write(_ content: String, to name: String, mode: Int = 0o600) throws -> String {
    let path = file(name)
    let attributes: [FileAttributeKey: Any] = [.posixPermissions: NSNumber(value: mode)]
    let isMade = FileManager.default.createFile(
      atPath: path, contents: Data(content.utf8), attributes: attributes)
    guard isMade else { throw SystemCallError("create \(path)") }
    return path
  }

  /// Content of a file inside the folder, as UTF-8.
  package func read(_ name: String) throws -> String {
    try String(contentsOf: URL(fileURLWithPath: file(name)), encoding: .utf8)
  }
}
