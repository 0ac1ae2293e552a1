public import Wire

/// Where servers are: `berth://host1:port,host2:port`, or the same without the scheme.
public struct Target: Sendable, Hashable, CustomStringConvertible {
  /// One server, by name or address literal.
  public struct Endpoint: Sendable, Hashable, CustomStringConvertible {
    public let host: String
    public let port: UInt16

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
  }

  /// In the order they are tried. At least one.
  public let endpoints: [Endpoint]

  public var description: String { endpoints.map(\.description).joined(separator: ",") }

  /// Throws INVALID_ARGUMENT for what is no target.
  public init(_ text: String) throws(RPCStatus) {
    var rest = text[...]
    if let scheme = rest.range(ofScheme: "://") {
      guard rest[..<scheme.lowerBound] == "berth" else {
        throw Self.invalid(text, "its scheme is not berth://")
      }
      rest = rest[scheme.upperBound...]
    }
    if rest.hasSuffix("/") { rest.removeLast() }
    var endpoints: [Endpoint] = []
    for part in rest.split(separator: ",", omittingEmptySubsequences: false) {
      guard let endpoint = Self.endpoint(part) else {
        throw Self.invalid(text, "it is not host:port")
      }
      endpoints.append(endpoint)
    }
    guard (1...ClientLimits.endpoints).contains(endpoints.count) else {
      throw Self.invalid(text, "it names more than \(ClientLimits.endpoints) servers")
    }
    self.endpoints = endpoints
  }

  private static func endpoint(_ part: Substring) -> Endpoint? {
    guard let colon = part.lastIndex(of: ":"), let port = UInt16(part[part.index(after: colon)...]),
      port > 0
    else { return nil }
    var host = part[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
    } else if host.contains(":") {
      return nil
    }
    let isPlain = host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "/") }
    guard !host.isEmpty, isPlain else { return nil }
    return Endpoint(host: String(host), port: port)
  }

  private static func invalid(_ text: String, _ problem: String) -> RPCStatus {
    RPCStatus(.invalidArgument, "\"\(text)\" is no address of a server: \(problem)")
  }
}

extension Substring {
  /// The first place of `separator`.
  fileprivate func range(ofScheme separator: String) -> Range<Index>? {
    var index = startIndex
    while index < endIndex {
      if self[index...].hasPrefix(separator) {
        return index..<self.index(index, offsetBy: separator.count)
      }
      index = self.index(after: index)
    }
    return nil
  }
}
