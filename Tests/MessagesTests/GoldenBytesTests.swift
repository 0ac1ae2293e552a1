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
}
