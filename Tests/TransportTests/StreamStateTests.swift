import Testing
@_spi(Frames) import Wire

@testable import Transport

@Suite struct StreamStateTests {
  private func receive(
    _ state: inout StreamState, _ flags: FrameFlags, _ length: Int,
    role: ConnectionState.Role = .server
  ) throws(FrameError) -> StreamState.Piece {
    try state.receiveData(flags, length: length, role: role, emptyFrameLimit: 1)
  }

  @Test func `a message comes whole or in parts`() throws {
    var state = StreamState()
    state.receiveOpen([])
    #expect(try receive(&state, .begin, 5) == .whole)
    #expect(try receive(&state, [.begin, .more], 5) == .first)
    #expect(state.isReceivingMessage)
    #expect(try receive(&state, .more, 5) == .middle)
    #expect(try receive(&state, [], 5) == .last)
    #expect(!state.isReceivingMessage)
    #expect(try receive(&state, .end, 0) == .none)
    #expect(state.phase == .remoteEnded)
  }

  @Test func `a message that OPEN begins goes on in DATA`() throws {
    var state = StreamState()
    state.receiveOpen([.begin, .more])
    #expect(try receive(&state, .end, 1) == .last)
    #expect(state.phase == .remoteEnded)
  }

  @Test func `what the grammar forbids is refused`() throws {
    var ended = StreamState()
    ended.receiveOpen([.begin, .end])
    #expect(throws: FrameError.self) { try receive(&ended, .begin, 1) }
    var fresh = StreamState()
    fresh.receiveOpen([])
    #expect(throws: FrameError.self) { try receive(&fresh, [], 1) }
    #expect(throws: FrameError.self) { try receive(&fresh, .more, 1) }
    #expect(throws: FrameError.self) { try receive(&fresh, .end, 1) }
    _ = try receive(&fresh, [.begin, .more], 1)
    #expect(throws: FrameError.self) { try receive(&fresh, .begin, 1) }
    var client = StreamState()
    #expect(throws: FrameError.self) { try receive(&client, .end, 0, role: .client) }
  }

  @Test func `one empty part in a row passes, two do not`() throws {
    var state = StreamState()
    state.receiveOpen([])
    _ = try receive(&state, [.begin, .more], 1)
    _ = try receive(&state, .more, 0)
    _ = try receive(&state, .more, 1)
    _ = try receive(&state, .more, 0)
    #expect(throws: FrameError.self) { try receive(&state, .more, 0) }
  }

  @Test func `a handler ends once`() {
    var state = StreamState()
    state.receiveOpen([.begin, .end])
    #expect(state.maySend)
    let first = state.finish()
    let second = state.finish()
    #expect(first)
    #expect(!second)
    #expect(!state.maySend)
  }

  @Test func `an abandoned stream has nobody to tell`() {
    var state = StreamState()
    state.receiveOpen([.begin, .more])
    state.abandon()
    let finished = state.finish()
    #expect(!finished)
    #expect(!state.isReceivingMessage)
  }

  @Test func `a client that ended still receives`() throws {
    var state = StreamState()
    state.sendEnd()
    #expect(state.phase == .localEnded)
    #expect(!state.maySend)
    #expect(try receive(&state, .begin, 3, role: .client) == .whole)
  }
}
