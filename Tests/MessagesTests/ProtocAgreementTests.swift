import Foundation
import Messages
import TestSupport
import Testing

/// What protobuf's own compiler reads and writes. It is there wherever code can be generated.
struct ProtocAgreementTests {
  private static let protoc = "/usr/bin/protoc"

  @Test(
    "protoc reads what we write and writes the same bytes",
    .enabled(if: FileManager.default.isExecutableFile(atPath: protoc)))
  func roundTrip() async throws {
    let seed: UInt64 = 2026
    var random = SeededGenerator(seed: seed)
    for type in AllMessages.types where type.descriptor.fullName.hasPrefix("berth.v1.") {
      let ours = try Self.encoded(type, MessageSample(of: type, &random).json)
      let name = type.descriptor.fullName
      #expect(try await Self.throughProtoc(ours, name) == ours, "\(name), seed \(seed)")
    }
  }

  @Test(
    "protoc shows the values that were set",
    .enabled(if: FileManager.default.isExecutableFile(atPath: protoc)))
  func decodedText() async throws {
    let event = DeploymentEvent(
      deploymentID: "d-1", sequence: .max, attempt: -1, state: .running, reason: "é",
      at: Timestamp(seconds: 5, nanos: 7))
    let text = try await Self.decodedText(event.serialized(), "berth.v1.DeploymentEvent")
    #expect(
      text == #"""
        deployment_id: "d-1"
        sequence: 9223372036854775807
        attempt: -1
        state: DEPLOYMENT_STATE_RUNNING
        reason: "\303\251"
        at {
          seconds: 5
          nanos: 7
        }

        """#)
  }

  private static func encoded<M: Message>(_: M.Type, _ json: String) throws -> [UInt8] {
    try M(jsonString: json).serialized()
  }

  private static func decodedText(_ bytes: [UInt8], _ type: String) async throws -> String {
    let folder = try TemporaryFolder()
    let input = folder.path + "/in"
    try Data(bytes).write(to: URL(fileURLWithPath: input))
    let outcome = try await ChildProcess.run(
      "/bin/sh",
      ["-c", "\(protoc) -I\(protos) --decode \(type) \(protos)/berth/v1/*.proto <\(input)"])
    try #require(outcome.exit == .exited(0), "\(outcome)")
    return outcome.standardOutput
  }

  private static func throughProtoc(_ bytes: [UInt8], _ type: String) async throws -> [UInt8] {
    let folder = try TemporaryFolder()
    let (input, output) = (folder.path + "/in", folder.path + "/out")
    try Data(bytes).write(to: URL(fileURLWithPath: input))
    let run = "\(protoc) -I\(protos)"
    let files = "\(protos)/berth/v1/*.proto"
    let outcome = try await ChildProcess.run(
      "/bin/sh",
      [
        "-c",
        "\(run) --decode \(type) \(files) <\(input) | "
          + "\(run) --deterministic_output --encode \(type) \(files) >\(output)",
      ])
    try #require(outcome.exit == .exited(0), "\(outcome)")
    return Array(try Data(contentsOf: URL(fileURLWithPath: output)))
  }

  private static let protos = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Protos").path
}
