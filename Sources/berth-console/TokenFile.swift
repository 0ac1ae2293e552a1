import Foundation
import RPCClient

/// A token in a file, which is read anew each time, so that a new one needs no restart.
struct TokenFile: CredentialsProvider {
  /// Bytes of the largest token that is read.
  private static let bytes = 16 * 1024

  let path: String

  func token(for channel: Channel) async throws(RPCStatus) -> String? {
    guard let token = read() else {
      throw RPCStatus(.unauthenticated, "the token file \(path) cannot be read or holds no token")
    }
    return token
  }

  /// The file's text without the blanks around it; nil: it is no token.
  func read() -> String? {
    guard let file = FileHandle(forReadingAtPath: path) else { return nil }
    defer { try? file.close() }
    let data = (try? file.read(upToCount: Self.bytes + 1)) ?? Data()
    let token = String(decoding: data, as: UTF8.self)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    guard !token.isEmpty, data.count <= Self.bytes,
      token.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
    else { return nil }
    return token
  }
}
