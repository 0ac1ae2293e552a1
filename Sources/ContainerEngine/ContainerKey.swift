/// Names one container of Berth: which deployment, and which attempt at running it.
package struct ContainerKey: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
  package let deployment: String
  package let attempt: Int32

  package init(deployment: String, attempt: Int32) {
    self.deployment = deployment
    self.attempt = attempt
  }

  /// Whether the key may become part of a container's or a file's name: 1 to 128 of
  /// `[A-Za-z0-9_-]`, and an attempt that is not negative.
  package var isWellFormed: Bool {
    let bytes = deployment.utf8
    guard attempt >= 0, !bytes.isEmpty, bytes.count <= EngineLimits.keyBytes else { return false }
    return bytes.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
  }

  package var description: String { "\(deployment)/\(attempt)" }

  package static func < (left: ContainerKey, right: ContainerKey) -> Bool {
    (left.deployment, left.attempt) < (right.deployment, right.attempt)
  }
}
