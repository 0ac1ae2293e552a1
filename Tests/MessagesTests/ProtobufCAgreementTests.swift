internal import CProtobuf
@testable internal import Messages
internal import Testing

/// What we write is what protobuf-c writes of the same message.
struct ProtobufCAgreementTests {
  @Test(
    "protobuf-c reads every kind of field and writes the same bytes",
    arguments: 1...40 as ClosedRange<UInt64>)
  func everyKind(seed: UInt64) throws {
    var sample = KindSample(seed: seed)
    for _ in 0..<10 {
      try expectAgreement(sample.singular(), seed)
      try expectAgreement(sample.present(), seed)
      try expectAgreement(sample.repeated(), seed)
      try expectAgreement(sample.unpacked(), seed)
      try expectAgreement(sample.maps(), seed)
      try expectAgreement(sample.choice(), seed)
    }
  }

  @Test(
    "protobuf-c reads every message of the API and writes the same bytes",
    arguments: 1...10 as ClosedRange<UInt64>)
  func everyMessage(seed: UInt64) throws {
    func check<M: Message>(_: M.Type, _ json: String) throws {
      try expectAgreement(M(jsonString: json), seed)
    }
    var random = SeededGenerator(seed: seed)
    for type in AllMessages.types { try check(type, MessageSample(of: type, &random).json) }
  }

  @Test("numbers that are no number go through bit by bit, and a negative zero is left out")
  func floatingPoint() throws {
    let payload = Float(bitPattern: 0x7FC0_1234)
    let bytes = Singular(float: payload, double: -.nan).serialized()
    #expect(try Self.repacked(bytes, as: Singular.layout) == bytes)
    #expect(try Singular(serialized: bytes).float.bitPattern == payload.bitPattern)
    #expect(Singular(float: -0.0, double: -0.0).serialized() == [])
    #expect(Present(float: -0.0).serialized() == Wire.tag(11, 5) + [0, 0, 0, 0x80])
    #expect(Repeated(float: [-0.0]).serialized() == Wire.field(11, [0, 0, 0, 0x80]))
  }

  private func expectAgreement<M: Message>(_ message: M, _ seed: UInt64) throws {
    let bytes = message.serialized()
    #expect(bytes.count == message.encodedBytes)
    #expect(try Self.repacked(bytes, as: M.layout) == bytes, "\(M.descriptor.fullName), \(seed)")
    #expect(try M(serialized: bytes) == message, "\(M.descriptor.fullName), seed \(seed)")
  }

  /// `bytes` unpacked and packed by protobuf-c, without a Swift value in between.
  private static func repacked(_ bytes: [UInt8], as layout: MessageLayout) throws -> [UInt8] {
    let arena = Arena()
    let mark = arena.begin(budget: .max / 2)
    defer { arena.end(mark) }
    return try bytes.withUnsafeBytes { buffer in
      let message = try arena.unpack(buffer, as: layout)
        .assumingMemoryBound(to: ProtobufCMessage.self)
      let size = protobuf_c_message_get_packed_size(message)
      return [UInt8](unsafeUninitializedCapacity: size) { target, count in
        count = protobuf_c_message_pack(message, target.baseAddress)
      }
    }
  }
}
