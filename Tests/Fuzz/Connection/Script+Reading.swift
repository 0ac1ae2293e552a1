extension Script {
  /// The frames that `bytes` hold, as far as they are whole. A frame whose header is already wrong
  /// needs no payload.
  static func reading(_ bytes: [UInt8]) -> Script {
    var script = Script(bounds: ReferenceServer.Bounds())
    var rest = bytes[...]
    while rest.count >= 12 {
      let header = Array(rest.prefix(12))
      var frame = RawFrame(header[3], UInt16(Bytes.number(header[4..<6])), [])
      frame.length = Int(Bytes.number(header[0..<3]))
      frame.reserved = UInt16(Bytes.number(header[6..<8]))
      frame.stream = UInt32(Bytes.number(header[8..<12]))
      rest = rest.dropFirst(12)
      let isWrong = ReferenceServer.judge(frame) != nil
      guard isWrong || rest.count >= frame.length else { break }
      frame.payload = Array(rest.prefix(frame.length))
      rest = rest.dropFirst(frame.payload.count)
      script.append(frame)
    }
    script.finish()
    return script
  }
}
