import Domain
import Logging

/// The SuperAdmin's API key: made at first start and left where the operator asked for it.
enum AdminToken {
  /// Does nothing where the file exists already.
  static func write(to path: String, users: Users, logger: Logger) async throws {
    guard !LocalFile.exists(path) else { return }
    let key: String
    do throws(DomainError) {
      key = try await users.bootstrapSuperAdmin()
    } catch {
      throw StartFailure(error)
    }
    if let problem = LocalFile.write(key + "\n", to: path, mode: 0o600) {
      throw StartFailure("BERTH_ADMIN_TOKEN_FILE: cannot write \(path): \(problem)")
    }
    logger.notice("wrote the SuperAdmin's API key", metadata: ["file": "\(path)"])
  }
}
