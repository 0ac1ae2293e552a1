import TestSupport
import Testing
@_spi(Frames) import Wire

@testable import Transport

/// Every header there is, as far as its fields differ in what the protocol says of them, against
/// `ReferenceServer.judge`.
@Suite struct HeaderModelTests {
  static let types: [UInt8] = Array(0...12) + [0x7f, 0xff]
  static let lengths = [
    0, 1, 3, 4, 5, 7, 8, 9, 11, 12, 13, 384, 385, 520, 521, 8_192, 8_193, 16_372, 16_373, 0xffffff,
  ]
  static let streams: [UInt32] = [0, 1, 2, 3, 0x7fff_fffe, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]
  /// Each combination of the known flags, and each bit alone and with BEGIN.
  static let flags: [UInt16] =
    (0..<8).flatMap { [$0, $0 | 0x8000] } + (3..<15).flatMap { [1 << $0, 1 << $0 | 4] }

  @Test(arguments: types)
  func `each header is judged as the page says`(_ type: UInt8) {
    var different: [String] = []
    var passed = 0
    for length in Self.lengths {
      for stream in Self.streams {
        for flags in Self.flags {
          for reserved: UInt16 in [0, 1, 0x8000] {
            var frame = RawFrame(type, flags, stream: stream)
            frame.length = length
            frame.reserved = reserved
            let real = Self.judge(frame.bytes)
            let expected = ReferenceServer.judge(frame)
            if expected == nil { passed += 1 }
            if real.map({ [$0] }) != expected {
              different.append("length \(length) flags \(flags) stream \(stream): \(real ?? 99)")
            }
          }
        }
      }
    }
    #expect(different.prefix(5) == [])
    // All of them may be right: unknown types where they may be skipped.
    #expect(passed > 0)
  }

  /// The code of what is wrong; nil: nothing.
  private static func judge(_ bytes: [UInt8]) -> UInt32? {
    let judged = bytes.withUnsafeBytes { bytes in
      Result { () throws(FrameError) in try FrameHeader.parse(bytes) }
    }
    guard case .failure(let error) = judged else { return nil }
    return error.closeCode.rawValue
  }
}
