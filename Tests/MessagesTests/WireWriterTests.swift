import Messages
import Testing

@Suite struct WireWriterTests {
  @Test(arguments: [0, 1, 63, 64, 110, 111, 112, 113, 126, 127, 128, 16_370, 16_384, 2_097_152])
  func `texts and messages of every length decode to what was written`(length: Int) throws {
    let text = String(repeating: "x", count: length)
    var writer = WireWriter(capacity: 1)
    writer.message(1) { message in
      message.bytes(1, size: 2) { $0.copyMemory(from: [0x61, 0x62] as [UInt8], byteCount: 2) }
      Array(text.utf8).withUnsafeBytes { message.bytes(5, $0) }
      message.element(7, UnsafeRawBufferPointer(start: nil, count: 0))
      message.packed(11, Array(repeating: -1, count: length % 1_000))
      message.integer(12, 0)
      message.integer(13, Int64(Int32.max))
      message.optionalInteger(17, 0)
      message.timestamp(19, Timestamp(seconds: -1, nanos: 5))
      message.timestamp(20, Timestamp())
    }
    let expected = GetDeploymentResponse(
      deployment: Deployment(
        id: "ab", name: text, command: [""],
        gpuDevices: Array(repeating: -1, count: length % 1_000), maxAttempts: .max, exitCode: 0,
        createdAt: Timestamp(seconds: -1, nanos: 5), updatedAt: Timestamp()))
    let count = writer.count
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let start = buffer.baseAddress { writer.write(to: start) }
      initialized = count
    }
    #expect(bytes == expected.serialized())
  }
}
