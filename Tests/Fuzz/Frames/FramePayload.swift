@_spi(Frames) import Wire

/// Reads the payload of a frame, writes what was read and reads that.
enum FramePayload {
  static func check(_ frame: Frame) throws(FrameError) {
    switch frame.header.type {
    case .settings: try checkSettings(frame.payload)
    case .open: try checkOpen(frame.payload)
    case .status: try checkStatus(frame.payload)
    case .window:
      let bytes = try ControlFrames.parseWindow(frame.payload)
      precondition((1...WireLimits.maximumCreditBytes).contains(bytes))
    case .reset:
      let code = try ControlFrames.parseReset(frame.payload)
      precondition(code != .connectionLost)
    case .ping, .pong: _ = try ControlFrames.parsePing(frame.payload)
    case .goaway: try checkGoAway(frame.payload)
    case .data, .credentials, nil: break
    }
  }

  private static func checkSettings(_ payload: UnsafeRawBufferPointer) throws(FrameError) {
    let settings = try Settings.parse(payload)
    let again = written(Settings.encodedBytes) { settings.write(to: &$0) }
    precondition(read(again) { try? Settings.parse($0) } == settings)
  }

  private static func checkOpen(_ payload: UnsafeRawBufferPointer) throws(FrameError) {
    let (view, rest) = try OpenHeadView.parse(payload)
    let head = view.owned
    precondition(head.metadata.encodedBytes == view.metadataBytes)
    precondition(rest.count == payload.count - 12 - view.method.count - view.metadataBytes)
    guard head.isEncodable else {
      // Read, but over the bound of what may be sent.
      return precondition(view.metadataBytes > WireLimits.metadataBytes)
    }
    let again = written(head.encodedBytes) { head.write(to: &$0) }
    let isSame = read(again) { bytes in
      (try? OpenHeadView.parse(bytes)).map { $0.head.owned == head && $0.rest.isEmpty }
    }
    precondition(isSame == true)
  }

  private static func checkStatus(_ payload: UnsafeRawBufferPointer) throws(FrameError) {
    let (view, _) = try StatusHeadView.parse(payload)
    let status = view.status
    let metadata = view.metadata.metadata
    let head = StatusHead(status, metadata: metadata)
    precondition(head.encodedBytes <= WireLimits.payloadBytes)
    let again = written(head.encodedBytes) { head.write(to: &$0) }
    let code = read(again) { bytes in (try? StatusHeadView.parse(bytes))?.head.code }
    precondition(code == status.code)
  }

  private static func checkGoAway(_ payload: UnsafeRawBufferPointer) throws(FrameError) {
    let goAway = try GoAway.parse(payload)
    precondition(goAway.encodedBytes <= 8 + WireLimits.reasonBytes)
    let again = written(goAway.encodedBytes) { goAway.write(to: &$0) }
    precondition(read(again) { try? GoAway.parse($0) } == goAway)
  }

  private static func written(_ count: Int, _ write: (inout ByteSink) -> Void) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
      var sink = ByteSink(UnsafeMutableRawBufferPointer(buffer))
      write(&sink)
      used = sink.count
    }
  }

  private static func read<R>(_ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) -> R) -> R {
    bytes.withUnsafeBytes(body)
  }
}
