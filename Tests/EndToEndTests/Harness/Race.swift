import RPCClient

/// Many who do the same at once.
enum Race {
  /// Runs `call` so often at once; returns how often it ended with each code.
  static func run(
    _ count: Int, _ call: @escaping @Sendable () async throws(RPCStatus) -> Void
  ) async -> [StatusCode: Int] {
    await withTaskGroup(of: StatusCode.self) { group in
      for _ in 0..<count {
        group.addTask {
          do throws(RPCStatus) {
            try await call()
            return .ok
          } catch {
            return error.code
          }
        }
      }
      return await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }
  }

  /// One did it, the others were told that it exists.
  static func oneWinner(of count: Int) -> [StatusCode: Int] {
    [.ok: 1, .alreadyExists: count - 1]
  }
}
