import RPCClient
import Testing

/// Words that only the inside of a server knows.
private let internals = [
  "SELECT ", "INSERT ", "UPDATE ", "DELETE ", "constraint", "_unique", "SQLSTATE", "pg_", "libpq",
  "PGresult", ".swift", "Sources/", "0x", "Fatal", "Traceback", "fatalError",
]

/// Expects that `call` is refused with `code`, in words without internals, and returns the refusal.
@discardableResult
func expectRefusal(
  _ code: StatusCode, _ what: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation,
  _ call: () async throws(RPCStatus) -> some Any
) async -> RPCStatus? {
  do throws(RPCStatus) {
    let answer = try await call()
    Issue.record("\(what ?? "the call") was answered: \(answer)", sourceLocation: sourceLocation)
    return nil
  } catch {
    #expect(error.code == code, what, sourceLocation: sourceLocation)
    if error.code != code {
      Issue.record("refused with \(error) \(error.details)", sourceLocation: sourceLocation)
    }
    let words = "\(error.message) \(error.details)"
    for word in internals where words.contains(word) {
      Issue.record("\"\(words)\" tells of \(word)", sourceLocation: sourceLocation)
    }
    return error
  }
}

/// Expects INVALID_ARGUMENT that names each of `fields`.
func expectInvalid(
  _ fields: String..., sourceLocation: SourceLocation = #_sourceLocation,
  _ call: () async throws(RPCStatus) -> some Any
) async {
  let refusal = await expectRefusal(
    .invalidArgument, "\(fields)", sourceLocation: sourceLocation, call)
  let named = refusal?.fieldViolations.map(\.field) ?? []
  for field in fields {
    #expect(named.contains(field), "only \(named) are named", sourceLocation: sourceLocation)
  }
}
