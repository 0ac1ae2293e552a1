import Messages
import Testing

/// Bytes that `protoc --encode` wrote, pinned.
struct GoldenBytesTests {
  @Test("a request with every kind of field")
  func createDeployment() throws {
    let bytes = Wire.hex(
      "0a056f72672d311203616e791a0d72c3a973756dc3a920f09f9880221872656769737472792e6578616d706c65"
        + "2f6d6f64656c3a312a0573657276652a002a092d2d706f72743d383032050a0141120032060a014212013"
        + "23a1008dc0b10ffffffffffffffff7f18fa0142044131303048e80750035a016b")
    let request = CreateDeploymentRequest(
      organizationID: "org-1", clusterID: "any", name: "résumé 😀",
      image: "registry.example/model:1", command: ["serve", "", "--port=80"],
      env: ["A": "", "B": "2"],
      resources: Resources(cpuMillis: 1500, memoryBytes: .max, gpuMillis: 250),
      gpuModels: ["A100"], priority: 1000, maxAttempts: 3, idempotencyKey: "k")
    #expect(try CreateDeploymentRequest(serialized: bytes) == request)
    #expect(try CreateDeploymentRequest(serialized: request.serialized()) == request)
  }

  @Test("negative numbers, packed numbers, a set zero and a time before 1970")
  func deployment() throws {
    let bytes = Wire.hex(
      "0a01645a1000ffffffffffffffffff01ffffffff076080808080f8ffffffff0178068801009a011108ffffffff"
        + "ffffffffff011080cab5ee01")
    let deployment = Deployment(
      id: "d", gpuDevices: [0, -1, .max], priority: .min, state: .failed, exitCode: 0,
      createdAt: Timestamp(seconds: -1, nanos: 500_000_000))
    #expect(try Deployment(serialized: bytes) == deployment)
    #expect(deployment.serialized() == bytes)
  }

  @Test("a oneof with bytes, and one with an empty message")
  func agentMessage() throws {
    let log = AgentMessage(
      message: .log(
        AgentMessage.LogChunk(
          requestID: "r", stream: .stderr, data: [0, 1, 255], end: true, attempt: 2)))
    #expect(log.serialized() == Wire.hex("220e0a017210021a030001ff20013002"))
    let heartbeat = AgentMessage(message: .heartbeat(AgentMessage.Heartbeat()))
    #expect(heartbeat.serialized() == Wire.hex("1200"))
    #expect(try AgentMessage(serialized: Wire.hex("1200")) == heartbeat)
  }

  @Test("every kind of number, with the longest tags, in the order of the fields")
  func singular() throws {
    let bytes = Wire.hex(
      "1a0410071a0020ffffffffffffffffff012a0200ff3202c3a938014100000000000004c04d0000c03f51feffffff"
        + "ffffffff5dffffffff6102000000000000006d01000000700378ffffffff0f8001ffffffffffffffffff01f8"
        + "7fffffffff0f808001fdffffffffffffffff01f8ffffff0ffeffffffffffffffff01")
    let message = Singular(
      int32: -2, int64: -3, uint32: .max, uint64: .max, sint32: .min, sint64: -2, fixed32: 1,
      fixed64: 2, sfixed32: -1, sfixed64: -2, float: 1.5, double: -2.5, bool: true, string: "é",
      bytes: [0, 0xFF], color: .negative, inner: Inner(encodedBytes_: 7, empty: Empty()))
    #expect(message.serialized() == bytes)
    #expect(try Singular(serialized: bytes) == message)
  }

  @Test("repeated numbers, packed and not")
  func repeated() throws {
    let bytes = Wire.hex(
      "2a03000102420801000000000000004a04ffffffff5a040000803f6a020100820105ffffffff078a0100")
    let message = Repeated(
      sint32: [0, -1, 1], fixed64: [1], sfixed32: [-1], float: [1], bool: [true, false],
      color: [.far], inner: [Inner()])
    #expect(message.serialized() == bytes)
    #expect(try Repeated(serialized: bytes) == message)
    let single = Wire.hex(
      "080108ffffffffffffffffff01100110001d07000000210000000000000000280128003001")
    let unpacked = Unpacked(
      int32: [1, -1], sint64: [-1, 0], fixed32: [7], double: [0], bool: [true, false],
      color: [.red])
    #expect(unpacked.serialized() == single)
    #expect(try Unpacked(serialized: single) == unpacked)
  }

  @Test("maps in the order of their keys, and a oneof around another field")
  func maps() throws {
    let bytes = Wire.hex(
      "120508011201621a1008fbffffffffffffffff0112030a01781a04080512003a04080310063a04080210015a0e0d"
        + "ffffffff11000000000000f03f")
    let message = Maps(
      bool: [true: [0x62]], int32: [5: Inner(), -5: Inner(text: "x")], sint32: [1: -1, -2: 3],
      sfixed32: [-1: 1])
    #expect(message.serialized() == bytes)
    #expect(try Maps(serialized: bytes) == message)
    #expect(Choice(one: .bytes([0x61]), between: "b").serialized() == Wire.hex("2a0162320161"))
    #expect(Choice(one: .int32(0), between: "b").serialized() == Wire.hex("08002a0162"))
  }
}
