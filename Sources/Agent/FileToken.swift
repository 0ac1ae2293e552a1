import Foundation
package import RPCClient
package import Wire

/// The agent's token from a file that is read anew for each attachment, so that a new token needs
/// no restart.
package struct FileToken: CredentialsProvider {
  /// Bytes of the largest token that is read.
  package static let bytes = 16 * 1024

  private let path: String

  package init(path: String) { self.path = path }

  package func token(for channel: Channel) async throws(RPCStatus) -> String? {
    switch Self.read(path) {
    case .success(let token): return token
    case .failure(let problem): throw RPCStatus(.unauthenticated, problem.description)
    }
  }

  /// What is wrong with a token's file.
  package struct Problem: Error, CustomStringConvertible {
    package let description: String
  }

  /// Reads the token: the file's text without the blanks around it.
  package static func read(_ path: String) -> Result<String, Problem> {
    guard let file = FileHandle(forReadingAtPath: path) else {
      return .failure(Problem(description: "the token file \(path) cannot be read"))
    }
    defer { try? file.close() }
    let data = (try? file.read(upToCount: bytes + 1)) ?? Data()
    let token = String(decoding: data, as: UTF8.self)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    guard !token.isEmpty, data.count <= bytes, token.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
    else { return .failure(Problem(description: "the token file \(path) holds no token")) }
    return .success(token)
  }
}
