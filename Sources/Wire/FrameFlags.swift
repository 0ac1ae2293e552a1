/// The flag bits of a frame.
package struct FrameFlags: OptionSet, Sendable, Hashable {
  package let rawValue: UInt16

  @inlinable
  package init(rawValue: UInt16) { self.rawValue = rawValue }

  /// Whether any bit of `flag` is set. Unlike `contains` it is inlined across modules.
  @inlinable
  package func has(_ flag: FrameFlags) -> Bool { rawValue & flag.rawValue != 0 }

  /// The sender sends nothing more on this stream.
  @inlinable package static var end: FrameFlags { FrameFlags(rawValue: 1) }
  /// The message goes on in the next DATA frame of this stream.
  @inlinable package static var more: FrameFlags { FrameFlags(rawValue: 2) }
  /// A message begins in this frame (it may be empty).
  @inlinable package static var begin: FrameFlags { FrameFlags(rawValue: 4) }
  /// A receiver that does not know the type of this frame skips it.
  @inlinable package static var ignorable: FrameFlags { FrameFlags(rawValue: 0x8000) }
}
