import Testing
@_spi(Frames) import Wire

extension WrongAnswer {
  var callCount: Int {
    switch calls {
    case .unary: 1
    case .streams(let count): count
    }
  }

  var endsConnection: Bool {
    if case .call = end { false } else { true }
  }

  /// How the client must tell its caller.
  func expect(_ status: RPCStatus?) {
    switch end {
    case .call(let code, let words, _):
      #expect(status?.code == code)
      #expect(words.isEmpty || status?.message.contains(words) == true, "\(status as Any)")
    case .connection(_, let words):
      #expect(status?.code == .unavailable)
      #expect(status?.message.contains("was lost") == true, "\(status as Any)")
      #expect(status?.message.contains(words) == true, "\(status as Any)")
    case .lost:
      #expect(status?.code == .unavailable)
      #expect(status?.message.contains("was lost") == true, "\(status as Any)")
    }
  }

  // MARK: The server's side

  /// The client's GOAWAY, and its close; or the server's, who closes first. `words`: whether the
  /// GOAWAY says what ours does.
  func expectEnd(of connection: RawConnection, words isOurs: Bool = true) throws {
    guard case .connection(let code, let words) = end else { return connection.close() }
    let frame = try connection.receive("GOAWAY") { $0.type == .goaway }
    let goAway = try frame.payload.withUnsafeBytes { bytes throws in try GoAway.parse(bytes) }
    guard goAway.code == code, !isOurs || goAway.reason.contains(words) else {
      throw RawConnection.Failed(description: "\(goAway) for \(name)")
    }
    connection.finish()
  }

  /// The RESET of the call, if it is to be told.
  func expectReset(on connection: RawConnection) throws {
    guard case .call(_, _, let code?) = end else { return }
    let frame = try connection.receive("RESET") { $0.type == .reset }
    guard frame == .reset(1, code) else {
      throw RawConnection.Failed(description: "\(frame) for \(name)")
    }
  }
}
