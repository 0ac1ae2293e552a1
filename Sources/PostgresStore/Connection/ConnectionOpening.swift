internal import CPostgres
internal import EventLoop

/// Opens connections without blocking a loop: names are resolved beside it, and libpq is polled.
struct ConnectionOpening: Sendable {
  let settings: ConnectionSettings
  let timeout: Duration
  let resolver: BlockingPool

  /// A connection that is ready for statements. To be called on `loop`; throws `.noConnection`, or
  /// `.server` and `.configuration` where only another configuration would help.
  func open(on loop: EventLoop) async throws(PostgresFailure) -> ConnectionHandle {
    let servers = try await servers()
    guard let handle = ConnectionHandle(keywords: settings.keywords(servers: servers)) else {
      throw PostgresFailure(.noConnection, "out of memory")
    }
    if handle.isBad { throw PostgresFailure(.configuration, handle.message) }
    let deadline = ContinuousClock.now + timeout
    // As if PQconnectPoll had answered so (libpq documentation, section 34.1).
    var wanted = PGRES_POLLING_WRITING
    while wanted != PGRES_POLLING_OK {
      let left = deadline - ContinuousClock.now
      let interest: Interest = wanted == PGRES_POLLING_READING ? .read : .write
      // The socket may be another one after each poll, so it is watched anew.
      guard left > .zero,
        await loop.waitUntilReady(handle.descriptor, for: interest, within: left)
      else {
        throw PostgresFailure(.noConnection, "no answer within \(timeout)")
      }
      wanted = PQconnectPoll(handle.pointer)
      if wanted == PGRES_POLLING_FAILED { throw failure(handle.message) }
    }
    return handle
  }

  private func servers() async throws(PostgresFailure) -> [ConnectionSettings.Server] {
    guard settings.servers.contains(where: \.needsResolution) else { return settings.servers }
    let settings = settings
    do {
      return try await resolver.run { () throws(PostgresFailure) in
        try settings.resolvedServers()
      }
    } catch let failure as PostgresFailure {
      throw failure
    } catch {
      throw PostgresFailure(.noConnection, "the resolver is busy or closed")
    }
  }

  /// libpq keeps no SQLSTATE of a refused connection, so its words must do.
  private func failure(_ message: String) -> PostgresFailure {
    let refusals = [
      "password authentication failed", "no password supplied", "no pg_hba.conf entry",
      "certificate", "does not exist", "no such database", "server does not support SSL",
      "SSL is not enabled",
    ]
    let isRefusal = refusals.contains { message.contains($0) }
    return PostgresFailure(isRefusal ? .configuration : .noConnection, message)
  }
}

extension String {
  /// Whether `other` occurs in it (the standard library has this for single characters only).
  fileprivate func contains(_ other: String) -> Bool {
    let text = Array(utf8)
    let wanted = Array(other.utf8)
    guard wanted.count <= text.count else { return false }
    return (0...(text.count - wanted.count)).contains { start in
      text[start..<(start + wanted.count)].elementsEqual(wanted)
    }
  }
}
