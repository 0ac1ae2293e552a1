import HTTPTypes
import Messages
import RPCClient
import Wire

extension Endpoint {
  static let core: [Endpoint] = [health, createTables]

  private static let health = Endpoint(
    method: .get, path: "/core/health", summary: "Whether the server can serve.", access: .anyone,
    output: .object([
      OutputField("status", .text("`healthy`")), OutputField("success", .flag("True.")),
      OutputField("version", .text("The server's release.")),
      OutputField("message", .text("The same for people.")),
    ])
  ) { call async throws(EndpointError) in
    let answer = try await call.run { options async throws(RPCStatus) in
      try await call.health.check(HealthCheckRequest(), options: options)
    }
    guard answer.status == .serving else {
      let ailing = answer.components.filter { $0.status != .serving }.map(\.name)
      let words = ailing.isEmpty ? "" : ": \(ailing.joined(separator: ", "))"
      throw .status(RPCStatus(.unavailable, "the server is not serving\(words)"))
    }
    let version = try await call.run { options async throws(RPCStatus) in
      try await call.admin.version(VersionRequest(), options: options)
    }
    return [
      "status": "healthy", "success": true, "version": .string(version.version),
      "message": "the server is serving",
    ]
  }

  private static let createTables = Endpoint(
    method: .get, path: "/core/create_tables",
    summary: "Runs migrations that have not run; start-up does the same.", access: .superAdmin,
    output: .object([OutputField("message", .text("What was done."))])
  ) { call async throws(EndpointError) in
    let answer = try await call.run { options async throws(RPCStatus) in
      try await call.admin.initializeDatabase(InitializeDatabaseRequest(), options: options)
    }
    let applied =
      answer.applied.isEmpty
      ? "nothing was left to do" : "applied \(answer.applied.joined(separator: ", "))"
    let words = """
      migrations run when the server starts; the schema is at version \(answer.schemaVersion), \
      \(applied)
      """
    return ["message": .string(words)]
  }
}
