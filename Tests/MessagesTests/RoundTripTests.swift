import Messages
import Testing

struct RoundTripTests {
  @Test(
    "every message, every field set, survives the wire and JSON",
    arguments: 1...20 as ClosedRange<UInt64>)
  func everyMessage(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    #expect(AllMessages.types.count > 60)
    for type in AllMessages.types {
      try check(type, MessageSample(of: type, &random), seed: seed)
    }
  }

  private func check<M: Message>(_: M.Type, _ sample: MessageSample, seed: UInt64) throws {
    let name = M.descriptor.fullName
    let decoded = try M(serialized: sample.wire)
    #expect(decoded.serialized() == sample.wire, "\(name), seed \(seed)")
    #expect(decoded.jsonString() == sample.json, "\(name), seed \(seed)")
    let fromJSON = try M(jsonString: sample.json)
    #expect(fromJSON == decoded, "\(name), seed \(seed)")
    #expect(fromJSON.hashValue == decoded.hashValue)
    let pretty = decoded.jsonString(JSONOptions(includesDefaults: true, isPretty: true))
    #expect(try M(jsonString: pretty) == decoded, "\(name), seed \(seed)")
  }

  @Test("a message with nothing set is no bytes, and no bytes are a message with nothing set")
  func nothingSet() throws {
    func check<M: Message>(_: M.Type) throws {
      #expect(M().serialized() == [])
      #expect(try M(serialized: []) == M())
      guard !M.descriptor.fullName.hasPrefix("google.protobuf.") else { return }
      #expect(M().jsonString() == "{}")
      #expect(try M(jsonString: "{}") == M())
      let everything = M().jsonString(JSONOptions(includesDefaults: true))
      #expect(try M(jsonString: everything) == M(), "\(everything)")
    }
    for type in AllMessages.types { try check(type) }
  }

  @Test("one arena serves many messages, longer and shorter than its first chunk")
  func oneArena() throws {
    let arena = Arena(chunkBytes: 256)
    for length in [0, 10, 1000, 50, 100_000, 1] {
      let user = User(id: "u", username: String(repeating: "x", count: length))
      let decoded = try user.serialized().withUnsafeBytes { try User(decoding: $0, in: arena) }
      #expect(decoded == user)
    }
  }

  @Test("a message is written between its ends, which are told before")
  func writtenInPlace() {
    let user = User(id: "u", username: String(repeating: "x", count: 300))
    let count = user.encodedBytes
    var bytes = [UInt8](repeating: 0xAA, count: count + 2)
    bytes.withUnsafeMutableBytes { user.write(to: $0.baseAddress! + 1) }
    #expect(bytes == [0xAA] + user.serialized() + [0xAA])
  }

  @Test("absent and zero are not the same in an optional field")
  func optionalPresence() throws {
    let absent = try Deployment(serialized: Deployment(id: "d").serialized())
    let zero = try Deployment(serialized: Deployment(id: "d", exitCode: 0).serialized())
    #expect(absent.exitCode == nil)
    #expect(zero.exitCode == 0)
    #expect(try Deployment(jsonString: zero.jsonString()).exitCode == 0)
    #expect(try Deployment(jsonString: absent.jsonString()).exitCode == nil)
    let empty = UpdateClusterRequest(id: "c", name: "", cpuMillis: nil, gpuMillis: 0)
    #expect(try UpdateClusterRequest(serialized: empty.serialized()) == empty)
  }

  @Test("an enum number without a name is kept on the wire and in JSON")
  func unknownEnumNumber() throws {
    for number in [8, 1000, -1, Int32.max, Int32.min] as [Int32] {
      let message = ListDeploymentsRequest(states: [.queued, .unrecognized(number)])
      #expect(try ListDeploymentsRequest(serialized: message.serialized()) == message)
      #expect(message.jsonString() == #"{"states":["DEPLOYMENT_STATE_QUEUED",\#(number)]}"#)
      #expect(try ListDeploymentsRequest(jsonString: message.jsonString()) == message)
    }
    #expect(DeploymentState(rawValue: 1) == .queued)
    #expect(DeploymentState(name: "DEPLOYMENT_STATE_RUNNING") == .running)
    #expect(DeploymentState.unrecognized(77).name == nil)
    #expect(DeploymentState.allCases.count == 8)
  }

  @Test("of two map entries with one key the last counts; of two fields of a oneof too")
  func lastWins() throws {
    func entry(_ key: String, _ value: String) -> [UInt8] {
      Wire.field(6, Wire.field(1, key) + Wire.field(2, value))
    }
    let request = try CreateDeploymentRequest(
      serialized: entry("A", "1") + entry("B", "2") + entry("A", "3") + Wire.field(6, [UInt8]()))
    #expect(request.env == ["A": "3", "B": "2", "": ""])
    let command = try AgentCommand(
      serialized: Wire.field(2, Wire.field(1, "d")) + Wire.field(5, Wire.field(1, "r")))
    #expect(command.command == .stopLogs(AgentCommand.StopLogs(requestID: "r")))
  }

  /// protobuf would merge the numbers too; protobuf-c 1.4 does not. No encoder sends this.
  @Test("a message field sent in two parts has the strings of both and the numbers of the last")
  func mergedParts() throws {
    let parts =
      Wire.field(1, Wire.field(1, "id") + Wire.tag(4, 0) + [1])
      + Wire.field(1, Wire.field(2, "name"))
    let response = try CreateUserResponse(serialized: parts)
    #expect(response.user == User(id: "id", username: "name", superAdmin: false))
  }

  @Test("unknown fields of every wire type are passed over")
  func unknownFields() throws {
    let unknown =
      Wire.tag(900, 0) + Wire.varint(.max) + Wire.tag(901, 1) + [UInt8](repeating: 7, count: 8)
      + Wire.field(902, "text") + Wire.tag(903, 5) + [UInt8](repeating: 7, count: 4)
    let user = try User(serialized: unknown + Wire.field(1, "u") + unknown)
    #expect(user == User(id: "u"))
    #expect(user.serialized() == Wire.field(1, "u"))
  }
}
