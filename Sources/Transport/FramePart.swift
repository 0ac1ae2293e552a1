/// A frame of a large message that lies in the message's own memory and is about to be sent.
struct FramePart {
  /// Keeps the memory, also when the stream ends first.
  let buffer: MessageBuffer
  /// Those of the frame that have not gone.
  var bytes: UnsafeRawBufferPointer
  /// Whether the message ends with it.
  let isLast: Bool
}
