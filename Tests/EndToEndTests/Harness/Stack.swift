import Foundation
import RPCClient
import Synchronization
import TestSupport
import Testing

/// One installation of Berth for tests: a database, a Redis and a folder of its own, and `berthd`
/// replicas over them, reached with real TLS.
final class Stack: Sendable {
  /// Characters of each replica's log that a failure shows.
  private static let shownLogCharacters = 6_000

  let folder: TemporaryFolder
  let database: TestDatabase
  let redis: RedisServer
  let certificates: TestCertificates
  /// The HS256 key of every replica.
  let secretKey: String
  let options: StackOptions

  private let members = Mutex<[Replica]>([])
  private let callers = Mutex<[Caller]>([])

  private init(
    folder: TemporaryFolder, database: TestDatabase, redis: RedisServer,
    certificates: TestCertificates, options: StackOptions
  ) {
    self.folder = folder
    self.database = database
    self.redis = redis
    self.certificates = certificates
    self.options = options
    secretKey = UniqueName.make("secret") + UniqueName.make("key")
  }

  /// Starts a stack, lends it to `body`, and takes it down after, also when `body` throws.
  static func with<Result>(
    _ options: StackOptions = StackOptions(), _ body: (Stack) async throws -> Result
  ) async throws -> Result {
    let certificates = try TestEnvironment.certificates()
    return try await TestDatabase.with(on: options.postgres?.url) { database in
      let stack = Stack(
        folder: try TemporaryFolder("berth-e2e"), database: database,
        redis: try await RedisServer.start(), certificates: certificates, options: options)
      do {
        for index in 0..<options.replicas { _ = try await stack.startReplica("berthd\(index)") }
        let result = try await body(stack)
        await stack.stop()
        return result
      } catch {
        stack.tellLogs()
        await stack.stop()
        throw error
      }
    }
  }

  var replicas: [Replica] { members.withLock { $0 } }
  /// The first replica.
  var berthd: Replica { replicas[0] }

  /// What `berthd` is started with.
  func environment() throws -> [String: String?] {
    var environment: [String: String?] = [
      "DATABASE_URL": try options.databaseURL?(database) ?? database.url,
      "REDIS_URL": redis.url,
      "REDIS_PORT": nil,
      "ALGORITHM": nil,
      "SECRET_KEY": secretKey,
      "BERTH_ENVIRONMENT": "development",
      "BERTH_TLS_CERTIFICATE": certificates.server,
      "BERTH_TLS_KEY": certificates.serverKey,
      "BERTH_PEER_CA": certificates.authority,
      "BERTH_ADMIN_TOKEN_FILE": adminTokenFile,
      "BERTH_LOCK_SECONDS": String(options.lockSeconds),
      "BERTH_AGENT_LOST_SECONDS": String(options.agentLostSeconds),
      "BERTH_LOG_LEVEL": "info",
    ]
    environment.merge(options.environment) { $1 }
    return environment
  }

  var adminTokenFile: String { folder.file("admin.token") }

  /// Starts one more replica.
  func startReplica(
    _ name: String, environment changes: [String: String?] = [:]
  ) async throws -> Replica {
    let replica = try await Replica.start(
      name: name, folder: folder.path,
      environment: try environment().merging(changes) { $1 })
    members.withLock { $0.append(replica) }
    return replica
  }

  // MARK: Callers

  /// A connection with a bearer token, or without one. Closed when the stack ends.
  func connect(token: String? = nil, to replica: Replica? = nil) async throws -> Caller {
    let caller = try await Caller.connect(
      to: (replica ?? berthd).address, authority: certificates.authority, token: token)
    callers.withLock { $0.append(caller) }
    return caller
  }

  /// The SuperAdmin, who needs no password hash.
  func superAdmin(at replica: Replica? = nil) async throws -> Caller {
    let token = try String(contentsOfFile: adminTokenFile, encoding: .utf8)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    return try await connect(token: token, to: replica)
  }

  /// Signs a person up and logs them in: two password hashes.
  func signUp(_ name: String = UniqueName.make("u")) async throws -> Person {
    try await Person.signUp(name, on: self)
  }

  // MARK: Replicas

  /// The replica that leads the scheduler.
  func leader(within limit: Duration = .seconds(15)) async throws -> Replica {
    try await eventually("a replica to lead", within: limit, every: .milliseconds(50)) {
      for replica in replicas where replica.process.exit == nil {
        let caller = try await superAdmin(at: replica)
        let status = try? await caller.admin.getScheduler(GetSchedulerRequest())
        await caller.close()
        if status?.leading == true { return replica }
      }
      return nil
    }
  }

  private func stop() async {
    for caller in callers.withLock({ $0 }) { await caller.close() }
    for replica in replicas { replica.process.kill() }
    for replica in replicas { _ = try? await replica.process.waitForExit() }
    try? await redis.kill()
  }

  private func tellLogs() {
    for replica in replicas {
      let log = replica.log.suffix(Self.shownLogCharacters)
      Issue.record("the log of \(replica.name), for the failure that follows:\n\(log)")
    }
  }
}
