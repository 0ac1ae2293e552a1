/// A version of Docker's interface, such as 1.41.
struct InterfaceVersion: Comparable, Sendable, CustomStringConvertible {
  let major: Int
  let minor: Int

  init(major: Int, minor: Int) {
    self.major = major
    self.minor = minor
  }

  init?(_ text: String) {
    let parts = text.split(separator: ".")
    guard parts.count == 2, let major = Int(parts[0]), let minor = Int(parts[1]),
      major >= 0, minor >= 0
    else { return nil }
    self.init(major: major, minor: minor)
  }

  var description: String { "\(major).\(minor)" }

  static func < (left: InterfaceVersion, right: InterfaceVersion) -> Bool {
    (left.major, left.minor) < (right.major, right.minor)
  }
}
