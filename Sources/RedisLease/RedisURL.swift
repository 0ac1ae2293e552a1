/// Where Redis is: `redis://[user[:password]@]host[:port][/database]` or `unix:///path`.
package struct RedisURL: Sendable, Equatable {
  package enum Place: Sendable, Equatable {
    case tcp(host: String, port: UInt16)
    case unix(path: String)
  }

  package let place: Place
  package let user: String
  package let password: String
  package let database: Int

  private static let standardPort: UInt16 = 6_379

  /// Nil for anything else, for a bad port or database, and for a bad percent escape.
  package init?(_ text: String) {
    if text.hasPrefix("unix://") {
      let path = String(text.dropFirst("unix://".count))
      guard path.hasPrefix("/") else { return nil }
      (place, user, password, database) = (.unix(path: path), "", "", 0)
      return
    }
    guard text.hasPrefix("redis://") else { return nil }
    var rest = text.dropFirst("redis://".count)
    var credentials: Substring = ""
    if let at = rest.lastIndex(of: "@") {
      credentials = rest[..<at]
      rest = rest[rest.index(after: at)...]
    }
    let (authority, path) = Self.split(rest, at: "/")
    let (user, password) = Self.split(credentials, at: ":")
    guard let user = Self.decoded(user), let password = Self.decoded(password ?? ""),
      let address = Self.address(authority),
      let database = Int(path.flatMap { $0.isEmpty ? "0" : $0 } ?? "0"),
      (0..<65_536).contains(database)
    else { return nil }
    (place, self.user, self.password, self.database) = (address, user, password, database)
  }

  private static func split(
    _ text: Substring, at separator: Character
  ) -> (Substring, Substring?) {
    guard let index = text.firstIndex(of: separator) else { return (text, nil) }
    return (text[..<index], text[text.index(after: index)...])
  }

  private static func address(_ text: Substring) -> Place? {
    if text.first == "[", let end = text.firstIndex(of: "]") {
      let host = String(text[text.index(after: text.startIndex)..<end])
      let rest = text[text.index(after: end)...]
      guard !rest.isEmpty else { return .tcp(host: host, port: standardPort) }
      guard rest.first == ":", let port = UInt16(rest.dropFirst()) else { return nil }
      return .tcp(host: host, port: port)
    }
    let (host, port) = split(text, at: ":")
    guard let port = port.map({ UInt16($0) }) ?? standardPort else { return nil }
    return .tcp(host: host.isEmpty ? "127.0.0.1" : String(host), port: port)
  }

  private static func decoded(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      let hex = rest.prefix(2)
      guard hex.count == 2, let value = UInt8(String(decoding: hex, as: UTF8.self), radix: 16)
      else { return nil }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
