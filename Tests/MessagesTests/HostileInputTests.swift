@testable import Messages
import Testing

struct HostileInputTests {
  @Test("a NUL character in a string is refused, naming the field")
  func nulCharacter() {
    expectRefusal(
      CreateUserRequest.self, Wire.field(1, "a\0b"), "username", "holds a NUL character")
    expectRefusal(
      CreateDeploymentRequest.self, Wire.field(5, "ok") + Wire.field(5, "\0"), "command[1]",
      "holds a NUL character")
    expectRefusal(
      CreateDeploymentRequest.self, Wire.field(6, Wire.field(1, "X") + Wire.field(2, "\0")),
      "env[\"X\"]", "holds a NUL character")
    expectRefusal(
      CreateDeploymentRequest.self, Wire.field(6, Wire.field(1, "X\0") + Wire.field(2, "1")),
      "env", "holds a NUL character")
    expectRefusal(
      AgentCommand.self,
      Wire.field(2, Wire.field(5, Wire.field(1, "X") + Wire.field(2, "\0"))),
      "start.env[\"X\"]", "holds a NUL character")
    expectRefusal(
      GetDeploymentResponse.self, Wire.field(1, Wire.field(1, "\0")), "deployment.id",
      "holds a NUL character")
    expectRefusal(
      UpdateClusterRequest.self, Wire.field(6, "A\0"), "gpu_model", "holds a NUL character")
  }

  @Test("invalid UTF-8 is refused, naming the field")
  func invalidUTF8() {
    let invalid: [[UInt8]] = [
      [0xFF], [0xC3], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80],
      Array("long enough not to be a small string ".utf8) + [0xE2, 0x82],
    ]
    for bytes in invalid {
      expectRefusal(CreateUserRequest.self, Wire.field(2, bytes), "display_name", "is not UTF-8")
      expectRefusal(
        ListUsersResponse.self,
        Wire.field(1, Wire.field(1, "ok")) + Wire.field(1, Wire.field(2, bytes)),
        "users[1].username", "is not UTF-8")
    }
    #expect(throws: Never.self) {
      _ = try AgentMessage.LogChunk(serialized: Wire.field(3, [0, 0xFF]))
    }
  }

  @Test("what is no protobuf is refused as a whole")
  func notProtobuf() {
    let broken: [[UInt8]] = [
      [0x0A], [0x0A, 5, 1], [0xFF], [0x0B], [0x0C], [0x0F], [0],
      Wire.tag(1, 2) + Wire.varint(.max), [UInt8](repeating: 0x80, count: 12),
      [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x07],
    ]
    for bytes in broken {
      let error = #expect(throws: MessageError.self, "\(bytes)") {
        _ = try CreateUserRequest(serialized: bytes)
      }
      #expect(error?.field == "")
    }
  }

  @Test(
    "truncated, flipped and random bytes end in a value or an error",
    arguments: 1...10 as ClosedRange<UInt64>)
  func mutations(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let arena = Arena()
    var decoded = 0
    var refused = 0
    for type in AllMessages.types {
      for round in 0..<60 {
        var bytes = MessageSample(of: type, &random).wire
        switch round % 3 {
        case 0: bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
        case 1:
          for _ in 0...Int.random(in: 0..<4, using: &random) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &random)
            bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
          }
        default:
          bytes = (0..<Int.random(in: 0...64, using: &random)).map { _ in
            UInt8.random(in: .min ... .max, using: &random)
          }
        }
        if try survives(type, bytes, arena) { decoded += 1 } else { refused += 1 }
      }
    }
    #expect(decoded > 0 && refused > 0, "seed \(seed): \(decoded) decoded, \(refused) refused")
  }

  /// Whether the bytes decode; what decodes must encode to something that decodes to the same.
  private func survives<M: Message>(_: M.Type, _ bytes: [UInt8], _ arena: Arena) throws -> Bool {
    let decoded: M
    do {
      decoded = try bytes.withUnsafeBytes { try M(decoding: $0, in: arena) }
    } catch is MessageError {
      return false
    }
    #expect(try M(serialized: decoded.serialized()) == decoded, "\(M.descriptor.fullName) \(bytes)")
    _ = decoded.jsonString(JSONOptions(includesDefaults: true))
    return true
  }

  @Test("input that would take far more memory than its length is refused")
  func memoryBudget() {
    // Two bytes of input make a struct, a pointer to it and protobuf-c's note of the field.
    let bytes = [UInt8](repeating: 0, count: 1_000_000).enumerated().map { index, _ in
      index % 2 == 0 ? UInt8(0x0A) : 0
    }
    let error = #expect(throws: MessageError.self) {
      _ = try ListDeploymentsResponse(serialized: bytes)
    }
    #expect(error?.problem == "takes more memory than its length allows")
    let unknown = (0..<200_000).flatMap { _ in Wire.tag(15, 0) + [0] }
    #expect(throws: MessageError.self) { _ = try VersionRequest(serialized: unknown) }
  }

  @Test("the biggest honest answers fit the memory budget")
  func honestMessagesFit() throws {
    var random = SeededGenerator(seed: 7)
    var page = ListDeploymentsResponse()
    for _ in 0..<500 {
      page.deployments.append(
        try Deployment(serialized: MessageSample(of: Deployment.self, &random).wire))
    }
    #expect(try ListDeploymentsResponse(serialized: page.serialized()) == page)
    let sparse = ListDeploymentEventsResponse(
      events: (0..<500).map { DeploymentEvent(deploymentID: "d", sequence: Int64($0)) })
    #expect(try ListDeploymentEventsResponse(serialized: sparse.serialized()) == sparse)
    let cluster = Cluster(gpuDevices: (0..<512).map { GPUDevice(index: Int32($0)) })
    #expect(try Cluster(serialized: cluster.serialized()) == cluster)
    let states = ListDeploymentsRequest(
      states: (0..<10_000).map { DeploymentState(rawValue: Int32($0 % 9)) })
    #expect(try ListDeploymentsRequest(serialized: states.serialized()) == states)
  }

  @Test("an arena that ends anywhere makes unpacking fail, not crash")
  func everyBudget() throws {
    var random = SeededGenerator(seed: 3)
    let arena = Arena(chunkBytes: 64)
    for type in [Deployment.self, AgentCommand.self, ListUsersResponse.self] as [any Message.Type] {
      let bytes = MessageSample(of: type, &random).wire
      var succeeded = false
      for budget in stride(from: 0, through: 1 << 16, by: 8) where !succeeded {
        succeeded = Self.unpacks(type, bytes, arena, budget: budget)
      }
      #expect(succeeded, "\(type)")
    }
  }

  private static func unpacks<M: Message>(
    _: M.Type, _ bytes: [UInt8], _ arena: Arena, budget: Int
  ) -> Bool {
    bytes.withUnsafeBytes { buffer in
      (try? M(decoding: buffer, in: arena, budget: budget)) != nil
    }
  }

  private func expectRefusal<M: Message>(
    _: M.Type, _ bytes: [UInt8], _ field: String, _ problem: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let error = #expect(throws: MessageError.self, sourceLocation: sourceLocation) {
      _ = try M(serialized: bytes)
    }
    #expect(error == MessageError(field: field, problem: problem), sourceLocation: sourceLocation)
  }
}
