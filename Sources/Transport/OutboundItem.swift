/// One thing of a stream that waits for its turn.
struct OutboundItem {
  enum Kind {
    /// A message, cut into DATA frames. `end`: the last of its last frame carries END.
    case message(end: Bool)
    /// A whole frame that goes as it is: END alone, or STATUS.
    case frame
  }

  let kind: Kind
  let buffer: MessageBuffer
  /// Bytes that have gone.
  var offset = 0
  /// A message whose first frame has gone.
  var hasBegun = false
}
