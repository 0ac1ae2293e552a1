import Foundation

/// One answer of a Docker Engine, read whole.
struct DockerAnswer: Sendable {
  var status: UInt
  var body: Data
  var date: String?

  var isSuccess: Bool { (200..<300).contains(status) }

  /// The engine's own words for a failure.
  var message: String {
    struct Problem: Decodable { var message: String }
    if let problem = try? JSONDecoder().decode(Problem.self, from: body) {
      return problem.message.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    let text = String(decoding: body.prefix(512), as: UTF8.self)
    return text.isEmpty ? "status \(status)" : text
  }

  /// Reads the answer's JSON. Throws `malformed`.
  func decoded<Value: Decodable>(as type: Value.Type) throws(EngineError) -> Value {
    do { return try JSONDecoder().decode(type, from: body) } catch {
      throw EngineError(.malformed, "the engine's answer cannot be read: \(error)")
    }
  }

  /// The error for an answer that is not a success.
  func failure(_ doing: String) -> EngineError {
    let message = "\(doing): \(message)"
    switch status {
    case 404: return EngineError(.notFound, message)
    case 400, 405, 406, 415: return EngineError(.refused, message)
    default: return EngineError(Self.isPermanent(message) ? .refused : .failed, message)
    }
  }

  /// Failures that the engine reports as its own (500) though only another request can help.
  private static func isPermanent(_ message: String) -> Bool {
    let signs = [
      "executable file not found", "no such file or directory", "permission denied",
      "could not select device driver", "is a directory", "exec format error",
      "no command specified",
    ]
    let lowercase = message.lowercased()
    return signs.contains { lowercase.contains($0) }
  }
}
