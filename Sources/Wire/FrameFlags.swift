/// The flag bits of a frame.
@_spi(Frames)
public struct FrameFlags: OptionSet, Sendable, Hashable {
  public let rawValue: UInt16

  @inlinable @inline(__always)
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// Whether any bit of `flag` is set. Unlike `contains` it is inlined across modules.
  @inlinable @inline(__always)
  public func has(_ flag: FrameFlags) -> Bool { rawValue & flag.rawValue != 0 }

  /// The sender sends nothing more on this stream.
  @inlinable @inline(__always)
  public static var end: FrameFlags { FrameFlags(rawValue: 1) }
  /// The message goes on in the next DATA frame of this stream.
  @inlinable @inline(__always)
  public static var more: FrameFlags { FrameFlags(rawValue: 2) }
  /// A message begins in this frame (it may be empty).
  @inlinable @inline(__always)
  public static var begin: FrameFlags { FrameFlags(rawValue: 4) }
  /// A receiver that does not know the type of this frame skips it.
  @inlinable @inline(__always)
  public static var ignorable: FrameFlags { FrameFlags(rawValue: 0x8000) }
}
