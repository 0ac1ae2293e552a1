/// The twelve bytes that begin every frame:
///
///     length u24 | type u8 | flags u16 | reserved u16 (zero) | stream u32 (top bit zero)
@_spi(Frames)
public struct FrameHeader: Sendable, Equatable {
  /// Bytes behind the header.
  public var length: Int
  /// The type byte, known or not.
  public var rawType: UInt8
  public var flags: FrameFlags
  /// 0 is the connection; streams are odd.
  public var stream: UInt32

  @inlinable
  public init(_ type: FrameType, flags: FrameFlags = [], stream: UInt32 = 0, length: Int) {
    self.length = length
    self.rawType = type.rawValue
    self.flags = flags
    self.stream = stream
  }

  /// The type, if this version knows it.
  @inlinable
  public var type: FrameType? { FrameType(rawValue: rawType) }

  /// Header and payload together, in bytes.
  @inlinable
  public var frameBytes: Int { length &+ 12 }

  /// The header of the frame that begins `bytes`, judged as far as a header can be; nil when fewer
  /// than twelve bytes are there.
  @inlinable
  public static func parse(
    _ bytes: UnsafeRawBufferPointer
  ) throws(FrameError) -> FrameHeader? {
    guard bytes.count >= WireLimits.headerBytes else { return nil }
    let first = UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self))
    let second = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
    let stream = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
    let header = FrameHeader(
      length: Int(first >> 8), rawType: UInt8(truncatingIfNeeded: first),
      flags: FrameFlags(rawValue: UInt16(truncatingIfNeeded: second >> 16)), stream: stream)
    guard header.length <= WireLimits.payloadBytes else { throw .tooLarge(header.length) }
    guard second & 0xffff == 0 else { throw .malformed("reserved header bits are set") }
    guard stream <= WireLimits.maximumStreamID else {
      throw .malformed("the stream's top bit is set")
    }
    guard let type = header.type else {
      guard header.flags.has(.ignorable) else { throw .unknownType(header.rawType) }
      return header
    }
    try header.check(as: type)
    return header
  }

  @usableFromInline
  init(length: Int, rawType: UInt8, flags: FrameFlags, stream: UInt32) {
    self.length = length
    self.rawType = rawType
    self.flags = flags
    self.stream = stream
  }

  @inlinable
  func check(as type: FrameType) throws(FrameError) {
    guard flags.rawValue & ~type.allowedFlags.rawValue == 0 else {
      throw .malformed("unknown flags on \(type)")
    }
    guard type.payloadRange.contains(length) else {
      throw .malformed("impossible length of \(type)")
    }
    let onStream = stream != 0
    switch type.scope {
    case .either: break
    case .stream: guard onStream else { throw .malformed("\(type) needs a stream") }
    case .connection: guard !onStream else { throw .malformed("\(type) belongs to stream 0") }
    }
    guard !onStream || stream & 1 == 1 else { throw .malformed("a stream's number is odd") }
    if flags.has(.more) {
      guard !flags.has(.end) else { throw .malformed("END before the message's end") }
      guard type == .data || flags.has(.begin) else {
        throw .malformed("MORE without a message")
      }
    }
  }

  /// Writes the twelve bytes at `pointer`.
  @inlinable
  public func write(to pointer: UnsafeMutableRawPointer) {
    let first = UInt32(truncatingIfNeeded: length) << 8 | UInt32(rawType)
    pointer.storeBytes(of: first.bigEndian, as: UInt32.self)
    let second = UInt32(flags.rawValue) << 16
    pointer.storeBytes(of: second.bigEndian, toByteOffset: 4, as: UInt32.self)
    pointer.storeBytes(of: stream.bigEndian, toByteOffset: 8, as: UInt32.self)
  }
}
