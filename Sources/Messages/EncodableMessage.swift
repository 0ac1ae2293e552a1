/// What can be sent as a message: every `Message`, and what has the bytes of one already.
public protocol EncodableMessage: Sendable {
  /// The message ready to be written: as long as the use of `arena` that goes on lasts, and the
  /// message itself.
  func encoding(in arena: Arena) -> MessageEncoding
}
