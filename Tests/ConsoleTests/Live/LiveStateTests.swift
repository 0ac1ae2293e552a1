import Console
import Testing

/// What a page is told, by what it has seen.
struct LiveStateTests {
  private var state = LiveState(generation: 7)

  private func key(_ id: String) -> LiveKey { LiveKey(.deployment, id) }

  @Test mutating func `a page that has seen nothing is told all`() throws {
    state.set(key("a"), "1")
    state.set(key("b"), "2")
    let changes = try #require(state.changes(after: nil))
    #expect(changes.isWhole)
    #expect(changes.values.map(\.json) == ["1", "2"])
    #expect(state.changes(after: changes.cursor) == nil)
  }

  @Test mutating func `then what changed alone, each thing once however often it did`() throws {
    state.set(key("a"), "1")
    state.set(key("b"), "2")
    let seen = state.cursor
    for value in 3...50 { state.set(key("b"), "\(value)") }
    let changes = try #require(state.changes(after: seen))
    #expect(!changes.isWhole)
    #expect(changes.values.map(\.json) == ["50"])
  }

  @Test mutating func `the same again is no change`() {
    state.set(key("a"), "1")
    let seen = state.cursor
    let (isSet, isRemoved) = (state.set(key("a"), "1"), state.remove(key("b")))
    #expect(!isSet && !isRemoved)
    #expect(state.changes(after: seen) == nil)
  }

  @Test mutating func `what was removed is told, unless it is back`() throws {
    state.set(key("a"), "1")
    state.set(key("b"), "1")
    let seen = state.cursor
    state.remove(key("a"))
    state.remove(key("b"))
    state.set(key("b"), "2")
    let changes = try #require(state.changes(after: seen))
    #expect(changes.removed == [key("a")])
    #expect(changes.values.map(\.json) == ["2"])
  }

  @Test mutating func `a page from before the removals that are known is told all`() throws {
    state.set(key("a"), "1")
    let old = state.cursor
    for index in 0...ConsoleLimits.feedRemovals {
      state.set(key("x\(index)"), "1")
      state.remove(key("x\(index)"))
    }
    #expect(try #require(state.changes(after: old)).isWhole)
    let recent = state.cursor
    state.set(key("a"), "2")
    #expect(try #require(state.changes(after: recent)).isWhole == false)
  }

  @Test mutating func `a cursor of another feed, or of the future, says nothing`() throws {
    state.set(key("a"), "1")
    for cursor in [
      LiveCursor(generation: 8, version: 1), LiveCursor(generation: 7, version: 99),
    ] {
      #expect(try #require(state.changes(after: cursor)).isWhole)
    }
  }

  @Test(arguments: ["", "-", "1", "1-", "-1", "a-b", "1-2-3", "1--2", "99999999999999999999-1"])
  func `what is no cursor is none`(text: String) {
    #expect(LiveCursor(text: text) == nil)
  }

  @Test func `a cursor reads as it was written`() {
    let cursor = LiveCursor(generation: 12, version: 34)
    #expect(LiveCursor(text: cursor.text) == cursor)
  }

  @Test mutating func `an event has values by kind, ids of what is gone, and the cursor`() throws {
    state.set(key("a"), #"{"x":1}"#)
    state.set(LiveKey(.cluster, "c"), "2")
    let seen = state.cursor
    state.remove(key("a"))
    state.set(LiveKey(.link), "3")
    let whole = try #require(state.changes(after: nil)).event
    #expect(whole.name == "all")
    #expect(whole.data == #"{"cluster":[2],"link":[3]}"#)
    let changes = try #require(state.changes(after: seen)).event
    #expect(changes.name == "changes")
    #expect(changes.data == #"{"deploymentRemoved":["a"],"link":[3]}"#)
    #expect(changes.id == state.cursor.text)
  }
}
