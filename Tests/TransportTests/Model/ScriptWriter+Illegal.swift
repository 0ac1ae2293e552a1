/// Frames that the protocol forbids, one of each kind.
extension ScriptWriter {
  mutating func illegalFrame() -> RawFrame {
    let id = pick(server.live) ?? 1
    let idle = server.highest + 2 | 1
    let ping = [UInt8](repeating: 0, count: 8)
    let four = Bytes.big(1, 4)
    switch number(0...21) {
    case 0: return changed(RawFrame(3, 4, stream: id)) { $0.length = 16_373 }
    case 1: return changed(RawFrame(7, ping)) { $0.reserved = 1 << UInt16($0.length) }
    case 2: return RawFrame(3, 4, stream: id | 0x8000_0000, [1])
    case 3: return RawFrame(UInt8(number(11...255)), 4, stream: id, [1])
    case 4: return RawFrame(3, 1 << UInt16(number(3...14)), stream: id, [1])
    case 5: return RawFrame(3, 4, stream: 2, [1])
    case 6: return RawFrame(UInt8(pick([2, 3, 6]) ?? 3), 4, stream: 0, four)
    case 7: return RawFrame(UInt8(pick([1, 7, 8, 9, 10]) ?? 7), stream: id, ping)
    case 8: return RawFrame(3, RawFrame.more | RawFrame.end, stream: id, [1])
    case 9:
      return RawFrame(UInt8(pick([5, 6]) ?? 5), stream: id, Bytes.big(1, pick([0, 3, 5]) ?? 3))
    case 10: return RawFrame(UInt8(pick([3, 5, 6]) ?? 3), stream: idle, four)
    case 11: return RawFrame(1)
    case 12: return RawFrame(4, 4, stream: id, ping)
    case 13: return RawFrame(5, stream: id, Bytes.big(pick([0, 1 << 31]) ?? 0, 4))
    case 14: return RawFrame(6, stream: id, Bytes.big(0xffff_ffff, 4))
    case 15: return RawFrame(9, Bytes.big(0xffff_ffff, 4) + four)
    case 16:
      return RawFrame(
        2, 5, stream: max(id, 1), Self.head("e/old", microseconds: 0, metadataBytes: 0))
    case 17: return illegalOpen(idle)
    case 18: return RawFrame(3, RawFrame.more, stream: id, [])
    case 19: return RawFrame(3, RawFrame.begin, stream: id, [1])
    case 20: return RawFrame(10, [UInt8](repeating: 65, count: 8_193))
    default: return RawFrame(1, [UInt8](repeating: 0, count: 385))
    }
  }

  private mutating func illegalOpen(_ id: UInt32) -> RawFrame {
    let fine = Self.head("e/x", microseconds: 0, metadataBytes: 8)
    let wrong: [[UInt8]] = [
      Array(fine.dropLast()), Array(fine.prefix(11)),
      Self.head("", microseconds: 0, metadataBytes: 0),
      Self.head("e x", microseconds: 0, metadataBytes: 0),
      Self.head(String(repeating: "e", count: 256), microseconds: 0, metadataBytes: 0),
      // A key of upper case, one without bytes, and bytes of no message.
      fine.map { $0 == UInt8(ascii: "k") ? UInt8(ascii: "K") : $0 },
      Self.head("e", microseconds: 0, metadataBytes: 0).prefix(10) + [0, 3, 101, 0, 0, 0],
      fine + [1],
    ]
    return RawFrame(2, RawFrame.end, stream: id, pick(wrong) ?? [])
  }

  private func changed(_ frame: RawFrame, _ change: (inout RawFrame) -> Void) -> RawFrame {
    var frame = frame
    change(&frame)
    return frame
  }
}
