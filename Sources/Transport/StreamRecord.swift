/// What a connection keeps for each of its streams. Those of a unary call never have a `flow`.
struct StreamRecord {
  /// 0: the place is free.
  var id: UInt32
  var state = StreamState()
  var handler: (any StreamHandler)?
  var flow: StreamFlow?

  init(id: UInt32, handler: (any StreamHandler)? = nil) {
    self.id = id
    self.handler = handler
  }

  /// Makes the place free; returns what it held.
  mutating func clear() -> (handler: (any StreamHandler)?, flow: StreamFlow?) {
    defer { id = 0 }
    return (handler.take(), flow.take())
  }
}
